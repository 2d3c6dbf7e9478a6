"""Whether the face in a photo is fit to be enrolled, and if not, what to do better.

Everything is measured on the aligned face; nothing of it is shown or kept. What covers a face is noticed only as far as
the landmark network doubts that there is one: large sunglasses and masks mostly, a strand of hair not.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from facewarden.faces import align
from facewarden.faces.fitness import MIN_SHARPNESS
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import FaceSample
from facewarden.media.frame import Frame
from facewarden.messages import Message
from facewarden.protect.person import FaceQuality

LEAST_HEIGHT_PX = 80.0
MOST_TURN_DEG = 35.0
LEAST_PRESENCE = 0.95
_MOST_OUTSIDE = 0.05
_INNER = slice(64, 208), slice(56, 200)
_DARKEST_LIGHT = 55.0
"""Of the brightest tenth of a face: low, so that dark skin in good light is far above it."""

_BRIGHTEST_SHADE = 205.0
_LEAST_CONTRAST = 25.0


def judged(frame: Frame, face: MeshFace) -> tuple[FaceQuality, list[Message]]:
    """The figures of the only face in a photo, and what speaks against it."""
    sample = align.sample(frame, face, track=1)
    grey = sample.crop_rgb[_INNER].mean(axis=2)
    quality = FaceQuality(
        height_px=round(sample.height_px, 1),
        sharpness=round(sample.sharpness, 3),
        yaw_deg=round(sample.yaw_deg, 1),
        pitch_deg=round(sample.pitch_deg, 1),
        brightness=round(float(grey.mean()), 1),
    )
    shade, light = (float(value) for value in np.percentile(grey, (10, 90)))
    return quality, [*_of_the_face(sample, frame), *_of_the_light(shade, light)]


def _of_the_face(sample: FaceSample, frame: Frame) -> Iterator[Message]:
    if sample.height_px < LEAST_HEIGHT_PX:
        yield Message("enrol.too_small", {"px": round(sample.height_px), "least": round(LEAST_HEIGHT_PX)})
    elif sample.sharpness < MIN_SHARPNESS:
        yield Message("enrol.too_blurred")
    turn = max(abs(sample.yaw_deg), abs(sample.pitch_deg))
    if turn > MOST_TURN_DEG:
        yield Message("enrol.turned_away", {"degrees": round(turn), "most": round(MOST_TURN_DEG)})
    elif sample.presence < LEAST_PRESENCE:
        yield Message("enrol.covered")
    height, width = frame.image_rgb.shape[:2]
    x0, y0, x1, y1 = (float(value) for value in sample.box_xyxy)
    if max(-x0, x1 - width) > _MOST_OUTSIDE * (x1 - x0) or max(-y0, y1 - height) > _MOST_OUTSIDE * (y1 - y0):
        yield Message("enrol.cut_off")


def _of_the_light(shade: float, light: float) -> Iterator[Message]:
    if light < _DARKEST_LIGHT:
        yield Message("enrol.too_dark")
    elif shade > _BRIGHTEST_SHADE:
        yield Message("enrol.too_bright")
    elif light - shade < _LEAST_CONTRAST:
        yield Message("enrol.flat")
