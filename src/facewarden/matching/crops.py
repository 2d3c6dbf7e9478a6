"""Crops without a face to lay them by: a search for where the middle of an enrolled picture lies in a query.

Enrolling hashes the middle half of a picture among other windows (`prints.MIDDLE`). A crop of up to 20 % on each side
still shows it whole, and only four numbers are unknown: where it begins and ends, across and down. They are tried in
steps of 4 %, which leaves some try within about 60 bits of the hash that is kept; what comes that near is fitted more
closely, and then the crop is known.

Two thousand hashes cost as much as six of `pdq.pdq_of`, being made without pixels: sampling a window and its cosine
transform are linear, and are one matrix for the columns and one for the rows, the same for every query. Against the
official hash of the same window that is 8 to 10 bits off (medians; up to 32), so it proposes and never decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.matching.borders import Box
from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import Words, distances, turned
from facewarden.matching.prints import HALVES, MIDDLE
from facewarden.media.frame import ImageRGB

FAR, NEAR = 0.20, 0.10
"""How much may be missing on each side (of both sides' lengths): among few enrolled pictures, and among many."""

MOST_FAR = 40_000
"""So many are few: 2,592 tries among these take as long as the 162 of `NEAR` among 640,000."""

RADIUS = 64
"""Bits up to which a try is worth to be fitted. In crops by chance, up to 20 % on each side, the nearest try was 42
bits off (median) and 68 at most; of pairs of different pictures 1 in 20,000 comes that near."""

PRACTICALLY_WHOLE = 0.0125
"""Where no side lacks more, the picture was judged as a whole before, and more surely: what that does not confirm may
be the next moment of a film, whose middle stands still."""

_MOST_FITTED = 8
_TURNS = (0, 4)
_STEP = 0.04
_SIDE = 128
_SAMPLES = 64
_FREQUENCIES = 16
_ASIDE = 0.15
"""In samples: PDQ takes the sample to the right of a cell's centre."""

_FITTING = (0.02, 0.02, 0.01, 0.01, 0.005, 0.0025)
_MIDDLE = HALVES[MIDDLE]
_OUTSIDE = (127, 127, 127)

_Floats = npt.NDArray[np.float32]
_Spans = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Crop:
    """One way in which a query may be a part of a picture.

    Attributes:
        shown: the part of the original that the query shows; may reach beyond it by a hair.
        turn: 0, or 4 if the query is mirrored.
    """

    shown: Box
    turn: int = 0

    @property
    def within(self) -> Box:
        """`shown`, without what lies beyond the original."""
        box = self.shown
        return Box(max(0.0, box.x0), max(0.0, box.y0), min(1.0, box.x1), min(1.0, box.y1))

    @property
    def is_practically_whole(self) -> bool:
        """Whether too little is missing to tell it from the whole picture, moved by as much as the fit is unsure of."""
        box = self.shown
        return max(box.x0, box.y0, 1 - box.x1, 1 - box.y1) < PRACTICALLY_WHOLE

    def lay(self, image_rgb: ImageRGB) -> ImageRGB:
        """The query on its place in a grey canvas of the original's proportions."""
        picture = Image.fromarray(turned(image_rgb, self.turn))
        wide, high = self.shown.x1 - self.shown.x0, self.shown.y1 - self.shown.y0
        size = max(1, round(picture.width / wide)), max(1, round(picture.height / high))
        across, down = picture.width / wide / size[0], picture.height / high / size[1]
        left, top = -self.shown.x0 * picture.width / wide, -self.shown.y0 * picture.height / high
        return np.asarray(
            picture.transform(
                size,
                Image.Transform.AFFINE,
                (across, 0.0, left, 0.0, down, top),
                Image.Resampling.BILINEAR,
                fillcolor=_OUTSIDE,
            )
        )


class CropSearch:
    """A query in which middles are looked for."""

    def __init__(self, image_rgb: ImageRGB, reach: float = FAR) -> None:
        small = Image.fromarray(image_rgb).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
        grey: _Floats = np.asarray(small, np.float32)
        self._greys = {turn: grey[:, ::-1] if turn else grey for turn in _TURNS}
        self._reach = reach

    def words(self) -> Words:
        """(T, 4) uint64: the hashes of all tries."""
        operators = _grid_operators(self._reach)
        return np.concatenate([_words(_transformed(g, operators, operators)) for g in self._greys.values()])

    def fitted(self, tried: int, middle: Words) -> Crop:
        """The crop by which the middle comes nearest to this hash, (4,), beginning with the try of this number."""
        spans = _grid(self._reach)
        turn, number = divmod(tried, len(spans) ** 2)
        down, across = divmod(number, len(spans))
        x, y = spans[across], spans[down]
        grey = self._greys[_TURNS[turn]]
        for step in _FITTING:
            xs, ys = x + step * _AROUND, y + step * _AROUND
            bits = distances(_words(_transformed(grey, _operators(xs), _operators(ys))), middle)
            best = int(np.argmin(bits))
            x, y = xs[best % len(xs)], ys[best // len(xs)]
        (x0, x1), (y0, y1) = _shown(x, _MIDDLE.x0, _MIDDLE.x1), _shown(y, _MIDDLE.y0, _MIDDLE.y1)
        return Crop(Box(x0, y0, x1, y1), _TURNS[turn])


def crops_among(middles: HashIndex, image_rgb: ImageRGB) -> tuple[int, list[tuple[int, Crop]]]:
    """How many hashes were tried, and the owners of up to 8 middles that came near, each with the crop that fits best.

    Args:
        middles: of enrolled pictures, one each.
    """
    if not len(middles):
        return 0, []
    search = CropSearch(image_rgb, FAR if len(middles) <= MOST_FAR else NEAR)
    words = search.words()
    near, tried = middles.pairs_within(words, RADIUS)
    first = np.sort(np.unique(near.owners, return_index=True)[1])[:_MOST_FITTED]
    return len(words), [
        (int(near.owners[row]), search.fitted(int(tried[row]), near.words[row])) for row in first.tolist()
    ]


_AROUND: _Spans = np.array(
    sorted(((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)), key=lambda move: move[0] ** 2 + move[1] ** 2)
)
"""Moves of a span's two ends, standing still first."""


@cache
def _grid(reach: float) -> _Spans:
    """(N, 2) where the middle half of a side begins and ends, if up to `reach` of it is missing at either end."""
    missing = np.arange(0.0, reach + _STEP / 2, _STEP)
    before, after = (each.ravel() for each in np.meshgrid(missing, missing))
    left = 1 - before - after
    return np.stack([(_MIDDLE.x0 - before) / left, (_MIDDLE.x1 - before) / left], axis=1)


@cache
def _grid_operators(reach: float) -> _Floats:
    return _operators(_grid(reach))


def _operators(spans: _Spans) -> _Floats:
    """(N, 16, 128): for spans of a side, the matrices that turn its 128 pixels into PDQ's frequencies of the span."""
    start, length = spans[:, :1] * _SIDE, (spans[:, 1:] - spans[:, :1]) * _SIDE
    pitch = length / _SAMPLES
    at = np.clip(start + (np.arange(_SAMPLES) + 0.5 + _ASIDE) * pitch - 0.5, 0, _SIDE - 1)
    half = np.maximum(1.0, pitch)[..., None]
    sampling = np.maximum(0.0, 1 - np.abs(np.arange(_SIDE) - at[..., None]) / half)
    sampling /= sampling.sum(axis=2, keepdims=True)
    return np.asarray(_cosines() @ sampling, np.float32)


@cache
def _cosines() -> npt.NDArray[np.float64]:
    rows, columns = np.arange(1, _FREQUENCIES + 1)[:, None], np.arange(_SAMPLES)
    return np.asarray(np.cos(np.pi / (2 * _SAMPLES) * rows * (2 * columns + 1)))


def _transformed(grey: _Floats, across: _Floats, down: _Floats) -> _Floats:
    """(D * A, 256): the coefficients of every span down with every span across, the first slowest."""
    columns = np.tensordot(grey, across, (1, 2))
    found = np.tensordot(down, columns, (2, 0)).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(found).reshape(-1, _FREQUENCIES**2)


def _words(coefficients: _Floats) -> Words:
    """(N, 4) uint64: which coefficients lie above the median, in PDQ's order."""
    median = np.partition(coefficients, 127, axis=1)[:, 127:128]
    packed = np.packbits((coefficients > median)[:, ::-1], axis=1)
    return packed.view(">u8").astype(np.uint64)


def _shown(span: npt.NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    """Which part of a side is seen where the part from `low` to `high` lies in `span` of what is seen."""
    length = (high - low) / float(span[1] - span[0])
    start = low - float(span[0]) * length
    return start, start + length
