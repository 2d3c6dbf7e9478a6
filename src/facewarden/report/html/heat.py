"""The heat map as squares over the aligned face, the name of its hottest place, and the part to magnify.

All lengths are in pixels of the 256 px aligned face. A map finer than 16 x 16 is drawn coarser (the largest
value of each block): more squares would promise a precision that no network has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from facewarden.report.model import HeatMap

SIDE = 256
MOST_CELLS = 16
FAINTEST = 40
"""Values below this are not drawn; a map that never reaches it has no hottest place."""

_REGIONS_KEPT = 0.6


@dataclass(frozen=True, slots=True)
class Cell:
    """One square; `shade` in 0..1."""

    x: float
    y: float
    size: float
    shade: float


@dataclass(frozen=True, slots=True)
class Window:
    """The square part of the face that is magnified."""

    x: float
    y: float
    size: float


def cells(heat: HeatMap) -> tuple[Cell, ...]:
    """The squares that are worth drawing."""
    grid = _coarse(heat.grid)
    size = SIDE / max(len(grid), 1)
    return tuple(
        Cell(
            x=round(column * size, 2),
            y=round(row * size, 2),
            size=round(size, 2),
            shade=round(value / 255, 2),
        )
        for row, values in enumerate(grid)
        for column, value in enumerate(values)
        if value >= FAINTEST
    )


def regions(heat: HeatMap) -> tuple[str, ...]:
    """The hottest parts of the face, strongest first, as last parts of ``html.region.*``; may be empty."""
    grid = _coarse(heat.grid)
    peak = max((value for row in grid for value in row), default=0)
    if peak < FAINTEST:
        return ()
    weights: dict[str, float] = {}
    hot = 0
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value >= peak / 2:
                hot += 1
                name = region((column + 0.5) / len(values), (row + 0.5) / len(grid))
                weights[name] = weights.get(name, 0.0) + value
    if hot > 0.45 * len(grid) * len(grid[0]):
        return ("all",)
    first, *rest = sorted(weights, key=lambda name: -weights[name])
    return (first, *(name for name in rest[:1] if weights[name] >= _REGIONS_KEPT * weights[first]))


def region(x: float, y: float) -> str:
    """The part of the face at (`x`, `y`), both in 0..1 of the aligned face.

    The places are those of the alignment template: forehead at .11, eyes at .36, mouth at .69, chin at .89 of
    the height; the cheeks end at .17 and .83 of the width.

    >>> region(0.5, 0.7), region(0.35, 0.36), region(0.05, 0.5)
    ('mouth', 'eyes', 'edge')
    """
    if math.hypot((x - 0.5) / 0.33, (y - 0.5) / 0.4) > 0.93:
        return "edge"
    if y < 0.27:
        return "forehead"
    if y < 0.45:
        return "eyes"
    if y < 0.62:
        return "nose" if abs(x - 0.5) < 0.1 else "cheeks"
    if y < 0.77:
        return "mouth" if abs(x - 0.5) < 0.17 else "cheeks"
    return "chin"


def hottest(heat: HeatMap, *, share: float = 0.375) -> Window:
    """The square of `share` of the face's side with the most heat in it, inside the face's picture."""
    grid = _coarse(heat.grid)
    count = max(len(grid), 1)
    width = max(1, round(share * count))
    places = range(count - width + 1)
    row, column = max(
        ((row, column) for row in places for column in places),
        key=lambda place: sum(sum(line[place[1] : place[1] + width]) for line in grid[place[0] :][:width]),
    )
    size = SIDE * share
    centre_x, centre_y = (SIDE * (start + width / 2) / count for start in (column, row))
    return Window(
        x=round(min(max(centre_x - size / 2, 0), SIDE - size), 1),
        y=round(min(max(centre_y - size / 2, 0), SIDE - size), 1),
        size=size,
    )


def _coarse(grid: list[list[int]]) -> list[list[int]]:
    block = -(-len(grid) // MOST_CELLS)
    if block <= 1:
        return grid
    return [
        [
            max(value for line in grid[row : row + block] for value in line[column : column + block])
            for column in range(0, len(grid[0]), block)
        ]
        for row in range(0, len(grid), block)
    ]
