"""The same person stays near under changes of the picture; the other person stays far."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import SAME_PERSON_DISTANCE, Embedding, IdentityEncoder, distance
from facewarden.media.frame import ImageRGB
from people import collins, hopper

CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda picture: picture,
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.5),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.5),
    "flatter": lambda picture: ImageEnhance.Contrast(picture).enhance(0.6),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
    "twice as large": lambda picture: picture.resize((picture.width * 2, picture.height * 2)),
    "smaller": lambda picture: picture.resize((picture.width * 2 // 3, picture.height * 2 // 3)),
    "JPEG 25": lambda picture: jpeg(picture, 25),
    "turned": lambda picture: picture.rotate(15, Image.Resampling.BICUBIC),
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


@pytest.fixture(scope="module")
def embed() -> Callable[[ImageRGB], Embedding]:
    finder, encoder = FaceFinder(), IdentityEncoder()

    def embed(image_rgb: ImageRGB) -> Embedding:
        (face,) = finder.find(image_rgb)
        return encoder.embed(image_rgb, face.landmarks)

    return embed


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("who", ["collins", "hopper"])
def test_a_person_stays_the_same(embed: Callable[[ImageRGB], Embedding], who: str, how: str) -> None:
    picture, other = (collins(), hopper()) if who == "collins" else (hopper(), collins())
    embedding = embed(np.asarray(CHANGES[how](Image.fromarray(picture))))
    assert embedding.shape == (128,)
    assert embedding.dtype == np.float32
    assert distance(embedding, embed(picture)) < SAME_PERSON_DISTANCE
    assert distance(embedding, embed(other)) > 0.6


def test_distance_is_a_distance() -> None:
    a, b = np.zeros(128, np.float32), np.full(128, 0.5, np.float32)
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a) == pytest.approx(np.sqrt(32), rel=1e-6)
