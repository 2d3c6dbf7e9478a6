"""Scenes for attacks: a portrait in the public domain, and a short moving look at it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from facewarden.faces.finder import FaceFinder
from facewarden.lab.attacks.protocol import Scene
from facewarden.media.frame import Frame, ImageRGB
from people import collins, hopper


@cache
def portrait() -> Scene:
    image = hopper()
    return Scene(Frame(image, 0.0, 0), tuple(FaceFinder().find(image)))


@cache
def source() -> ImageRGB:
    return collins()


@cache
def moving(count: int = 4) -> tuple[Scene, ...]:
    """The portrait, shifted by three pixels from frame to frame."""
    finder = FaceFinder()
    frames = [np.ascontiguousarray(np.roll(hopper(), 3 * n, axis=1)) for n in range(count)]
    return tuple(Scene(Frame(f, n / 25, n), tuple(finder.find(f))) for n, f in enumerate(frames))


def empty(count: int, height: int = 32, width: int = 48) -> Sequence[Scene]:
    """Scenes without faces that can be told apart: frame n is filled with n."""
    return [Scene(Frame(np.full((height, width, 3), n, np.uint8), n / 25, n), ()) for n in range(count)]
