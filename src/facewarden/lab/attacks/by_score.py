"""Score only: who can ask our check for its number, again and again, and sees nothing else.

A simple search (SimBA with low frequencies, Guo and others 2019): add a wave in one colour to the picture, keep it
where the score falls, else try its negative. Every look of the detector counts as a query.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from facewarden.lab.attacks.visible import Change, Patch, added
from facewarden.media.frame import ImageRGB

Score = Callable[[ImageRGB], float]
"""The detector's number for a patch (h, w, 3) uint8 in its picture; higher is more suspicious."""

_WAVES = 28
"""Half waves across the patch, along each axis, at most: finer ones do not outlive the alignment."""
_KEPT_SHARE = 0.35
"""Share of the queries that is expected to lower the score; sets how long one wave is."""
_LEAST_LEVELS = 0.7
"""Root mean square of a wave: a fainter one is lost when the picture is rounded to whole levels."""


def search(
    patch: Patch,
    score: Score,
    *,
    radius: float,
    queries: int,
    goal: float,
    rng: np.random.Generator,
    start: Change | None = None,
) -> Change:
    """The change of at most `radius` (Euclidean, in levels) found with at most `queries` looks of the detector.

    It ends early where the score lies below `goal`. `start` is a change to begin with.
    """
    height, width = patch.image_rgb.shape[:2]
    down, across = _cosines(height), _cosines(width)
    length = radius / np.sqrt(max(1.0, _KEPT_SHARE * queries))
    length = max(length, _LEAST_LEVELS * float(np.sqrt(height * width)))
    change = np.zeros(patch.image_rgb.shape, np.float32) if start is None else start
    lowest = score(added(patch.image_rgb, change))
    asked = 1
    while asked < queries and lowest >= goal:
        # Lower frequencies first and most often: they change most of what the network sees.
        u, v = (int(_WAVES * rng.random() ** 1.5) for _ in range(2))
        wave = np.zeros_like(change)
        wave[..., int(rng.integers(3))] = np.outer(down[u], across[v]) * patch.window
        wave *= length / max(float(np.linalg.norm(wave)), 1e-9)
        for sign in (1, -1):
            if asked == queries:
                break
            tried = _within(change + sign * wave, radius)
            answer = score(added(patch.image_rgb, tried))
            asked += 1
            if answer < lowest:
                change, lowest = tried, answer
                break
    return change


def _within(change: Change, radius: float) -> Change:
    return change * np.float32(min(1.0, radius / max(float(np.linalg.norm(change)), 1e-9)))


def _cosines(length: int) -> npt.NDArray[np.float32]:
    """(_WAVES, length) cosines of 0, 1, 2 ... half waves."""
    place = (np.arange(length) + 0.5) / length
    return np.cos(np.pi * np.arange(_WAVES)[:, None] * place).astype(np.float32)
