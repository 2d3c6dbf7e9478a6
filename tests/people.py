"""Two faces for tests, in the public domain, and scenes made of them.

Eileen Collins by NASA (in scikit-image) and Grace Hopper by the US Navy (in Matplotlib). Tests that show no face
but these need no picture of anybody else in the repository.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from PIL import Image

from facewarden.media.frame import ImageRGB

_WHY = "the portraits for tests come with the extra [lab]: "


@cache
def collins() -> ImageRGB:
    """(512, 512, 3); the face lies in about x 178..273, y 68..174."""
    data = pytest.importorskip("skimage.data", reason=_WHY + "scikit-image is missing")
    return _frozen(np.asarray(data.astronaut()))


@cache
def hopper() -> ImageRGB:
    """(600, 512, 3); the face lies in about x 166..356, y 127..333."""
    cbook = pytest.importorskip("matplotlib.cbook", reason=_WHY + "Matplotlib is missing")
    with Image.open(os.fspath(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))) as picture:
        return _frozen(np.asarray(picture.convert("RGB")))


@dataclass(frozen=True)
class Head:
    """A head cut out of its portrait, with the place of its face.

    `face_xyxy` are pixels of `image_rgb`: forehead, chin and cheeks as the mesh sees them.
    """

    image_rgb: ImageRGB
    face_xyxy: tuple[float, float, float, float]

    @property
    def face_height(self) -> float:
        return self.face_xyxy[3] - self.face_xyxy[1]


def collins_head() -> Head:
    return Head(collins()[8:196, 140:312], (38.0, 60.0, 133.0, 166.0))


def hopper_head() -> Head:
    return Head(hopper()[14:356, 130:396], (36.0, 113.0, 226.0, 319.0))


def canvas(height: int, width: int) -> ImageRGB:
    """A wall with light falling off to one side, and a little noise."""
    light = np.linspace(205, 150, width)[None, :, None] + np.linspace(0, -20, height)[:, None, None]
    noise = np.random.default_rng(1).normal(0, 2, (height, width, 1))
    return np.clip(light + noise + (0, -4, -10), 0, 255).astype(np.uint8)


def put(scene: ImageRGB, head: Head, *, centre: tuple[float, float], face_px: float) -> tuple[float, ...]:
    """Paste `head` into `scene`, its face `face_px` high and centred; returns the face's x0 y0 x1 y1."""
    scale = face_px / head.face_height
    height, width = (max(1, round(side * scale)) for side in head.image_rgb.shape[:2])
    small = Image.fromarray(head.image_rgb).resize((width, height), Image.Resampling.LANCZOS)
    x0, y0, x1, y1 = (v * scale for v in head.face_xyxy)
    left, top = round(centre[0] - (x0 + x1) / 2), round(centre[1] - (y0 + y1) / 2)
    area = (max(left, 0), max(top, 0), min(left + width, scene.shape[1]), min(top + height, scene.shape[0]))
    if area[0] < area[2] and area[1] < area[3]:
        part = small.crop((area[0] - left, area[1] - top, area[2] - left, area[3] - top))
        scene[area[1] : area[3], area[0] : area[2]] = np.asarray(part)
    return left + x0, top + y0, left + x1, top + y1


def _frozen(image_rgb: ImageRGB) -> ImageRGB:
    image_rgb = np.ascontiguousarray(image_rgb)
    image_rgb.setflags(write=False)
    return image_rgb
