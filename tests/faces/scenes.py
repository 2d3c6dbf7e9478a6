"""Short synthetic clips: heads that move over a wall."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np

from facewarden.media.frame import Frame, ImageRGB
from people import Head, canvas, put

FRAMES_PER_S = 6.0
Actor = tuple[Head, Callable[[float], tuple[float, float] | None], float]
"""A head, where the middle of its face is at a time (None: not in the picture), and its height in pixels."""


def clip(
    actors: Iterable[Actor],
    *,
    seconds: float,
    start_s: float = 0.0,
    wall: float = 1.0,
    size: tuple[int, int] = (360, 640),
) -> Iterator[Frame]:
    """Yield frames; later actors stand in front. `wall` scales the wall's brightness."""
    background = np.clip(_wall(size) * wall, 0, 255).astype(np.uint8)
    actors = list(actors)
    for number in range(round(seconds * FRAMES_PER_S)):
        time_s = number / FRAMES_PER_S
        picture = background.copy()
        for head, place, face_px in actors:
            centre = place(time_s)
            if centre is not None:
                put(picture, head, centre=centre, face_px=face_px)
        first = round(start_s * FRAMES_PER_S)
        yield Frame(picture, start_s + time_s, first + number)


@cache
def _wall(size: tuple[int, int]) -> ImageRGB:
    return canvas(*size)


def still(x: float, y: float) -> Callable[[float], tuple[float, float]]:
    return lambda time_s: (x, y)


def line(
    start: tuple[float, float], end: tuple[float, float], seconds: float
) -> Callable[[float], tuple[float, float]]:
    def place(time_s: float) -> tuple[float, float]:
        share = min(1.0, time_s / seconds)
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

    return place


def away(
    place: Callable[[float], tuple[float, float]], start_s: float, end_s: float
) -> Callable[[float], tuple[float, float] | None]:
    """The same way, but out of the picture from `start_s` to `end_s`."""
    return lambda time_s: None if start_s <= time_s < end_s else place(time_s)
