"""Where in a file the picture itself is: without borders, letterboxes, blurred sides and the frames of screenshots.

Nothing is thrown away here. Each proposal is a further rectangle to hash beside the whole file, so that a wrong one
costs time and never a match.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.matching.pdq import reduced
from facewarden.media.frame import ImageRGB

_LOOK_SIDE = 512
_TOLERANCE = 14
"""Grey levels; JPEG noise of quality 10 stays mostly below it."""

_UNIFORM_SHARE = 0.97
_MOST_OF_A_SIDE = 0.45
_LEAST_LEFT = 0.2
_LEAST_PX = 24
_FIRST_ROWS = 4
_SEAM_STEP = 8
_SEAM_SHARE = 0.4
_SEAM_OVER_ITS_SURROUNDINGS = 2.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a picture, as shares of its width and height: 0 <= x0 < x1 <= 1, 0 <= y0 < y1 <= 1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def cut(self, image_rgb: ImageRGB) -> ImageRGB:
        """The pixels inside; at least one."""
        height, width = image_rgb.shape[:2]
        left, top = min(width - 1, round(self.x0 * width)), min(height - 1, round(self.y0 * height))
        right, bottom = max(left + 1, round(self.x1 * width)), max(top + 1, round(self.y1 * height))
        return image_rgb[top:bottom, left:right]


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def pictures_within(image_rgb: ImageRGB) -> tuple[Box, ...]:
    """Up to five rectangles that may be the picture itself, without the whole file.

    First what uniform borders leave; then, within that, what lies between long straight seams: on all sides, above and
    below only, left and right only, and on all sides where a seam that is seen on one side only has a twin on the
    other (blurred borders are symmetric, and one side is often dark). Uniform borders are taken off these once more.
    """
    small = reduced(image_rgb, _LOOK_SIDE)
    if min(small.shape[:2]) < 2 * _LEAST_PX:
        return ()
    plain = _uniform(small)
    inner = _cut(small, plain)
    top, bottom = _seams(inner)
    left, right = _seams(np.swapaxes(inner, 0, 1))
    height, width = inner.shape[:2]
    proposals = [plain]
    (x_low, x_high), (y_low, y_high) = _both(left, right, width), _both(top, bottom, height)
    for x0, y0, x1, y1 in (
        (left, top, right, bottom),
        (0, top, width, bottom),
        (left, 0, right, height),
        (x_low, y_low, x_high, y_high),
    ):
        within = _cut(inner, (x0, y0, x1, y1))
        a, b, c, d = _uniform(within)
        proposals.append((plain[0] + x0 + a, plain[1] + y0 + b, plain[0] + x0 + c, plain[1] + y0 + d))
    return _distinct(proposals, small.shape[1], small.shape[0])


_Pixels = tuple[int, int, int, int]


def _cut(image_rgb: ImageRGB, box: _Pixels) -> ImageRGB:
    return image_rgb[box[1] : box[3], box[0] : box[2]]


def _both(low: int, high: int, length: int) -> tuple[int, int]:
    """The margin that was found on one side only, on both."""
    if low > 0 and high == length:
        return low, length - low
    if low == 0 and high < length:
        return length - high, high
    return low, high


def _distinct(proposals: list[_Pixels], width: int, height: int) -> tuple[Box, ...]:
    kept: list[_Pixels] = []
    for one in proposals:
        if one[2] <= one[0] or (one[2] - one[0]) * (one[3] - one[1]) < _LEAST_LEFT * width * height:
            continue
        if min(one[2] - one[0], one[3] - one[1]) < _LEAST_PX:
            continue
        if one == (0, 0, width, height) or one in kept:
            continue
        kept.append(one)
    return tuple(Box(x0 / width, y0 / height, x1 / width, y1 / height) for x0, y0, x1, y1 in kept)


def _uniform(image_rgb: ImageRGB) -> _Pixels:
    """What is left when rows and columns of one colour are taken off, side by side until nothing more goes."""
    x0, y0, x1, y1 = 0, 0, image_rgb.shape[1], image_rgb.shape[0]
    for _ in range(2):  # columns are judged without the bars above and below them
        top, bottom = _plain_ends(image_rgb[y0:y1, x0:x1])
        y0, y1 = y0 + top, y1 - bottom
        left, right = _plain_ends(np.swapaxes(image_rgb[y0:y1, x0:x1], 0, 1))
        x0, x1 = x0 + left, x1 - right
    return x0, y0, x1, y1


def _plain_ends(image_rgb: ImageRGB) -> tuple[int, int]:
    """How many rows at the top and at the bottom have the colour of the first and last one."""
    rows = image_rgb.shape[0]
    most = int(rows * _MOST_OF_A_SIDE)
    if rows < _LEAST_PX:
        return 0, 0
    top = _plain_run(image_rgb[:most])
    bottom = _plain_run(image_rgb[::-1][:most])
    # A run that reaches as far as we look is no border but a plain picture.
    return (top if top < most else 0), (bottom if bottom < most else 0)


def _plain_run(rows: ImageRGB) -> int:
    """How many of the first rows have the colour of the first one. Most pictures have no border: few rows are read."""
    colour = np.median(rows[0], axis=0).astype(np.int16)
    read, step = 0, _FIRST_ROWS
    while read < len(rows):
        part = rows[read : read + step].astype(np.int16)
        off = (np.abs(part - colour) > _TOLERANCE).any(axis=2)
        plain = off.mean(axis=1) <= 1 - _UNIFORM_SHARE
        if not plain.all():
            return read + int(np.argmin(plain))
        read, step = read + len(plain), 2 * step
    return len(rows)


def _seams(image_rgb: ImageRGB) -> tuple[int, int]:
    """The row where the picture begins and the one where it ends, by the longest straight edges across it."""
    rows = image_rgb.shape[0]
    if rows < 2 * _LEAST_PX:
        return 0, rows
    grey = image_rgb.astype(np.int16).mean(axis=2)
    step = np.abs(np.diff(grey, axis=0)) > _SEAM_STEP
    share: npt.NDArray[np.float64] = step.mean(axis=1)
    most = int(rows * _MOST_OF_A_SIDE)
    first = _strongest(share[:most])
    last = _strongest(share[::-1][:most])
    return (0 if first is None else first + 1), (rows if last is None else rows - 1 - last)


def _strongest(share: npt.NDArray[np.float64]) -> int | None:
    """The place of the edge that stands out most from the rows around it, or None."""
    padded = np.pad(share, 3, mode="edge")
    around = (sum(padded[shift : shift + len(share)] for shift in (0, 1, 5, 6)) + 1e-3) / 4
    stands_out = np.where(
        (share >= _SEAM_SHARE) & (share >= _SEAM_OVER_ITS_SURROUNDINGS * around), share - around, 0.0
    )
    best = int(np.argmax(stands_out))
    return best if stands_out[best] > 0 else None
