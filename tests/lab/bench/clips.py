"""Small clips of a moving picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from facewarden.lab.coding import encoded
from people import hopper


def write_clip(path: Path, *, frames: int = 8, crf: int = 18, size: int = 128, softness: int = 1) -> Path:
    """A crop that moves; `softness` is the factor by which detail is taken away."""
    picture = np.ascontiguousarray(hopper()[:size, :size])
    coarse = np.kron(picture[::softness, ::softness], np.ones((softness, softness, 1), np.uint8))
    moving = (np.ascontiguousarray(np.roll(coarse, 3 * n, axis=1)) for n in range(frames))
    path.write_bytes(encoded(moving, rate=Fraction(25), options={"crf": str(crf)}))
    return path
