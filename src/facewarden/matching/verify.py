"""The closer look at what two hashes leave open: which parts agree, and whether only a face does not.

Nothing is kept of an enrolled picture that keypoints could be compared with (`prints` says why). Instead nine
overlapping windows and sixteen small ones were hashed when it was enrolled, and the same windows of the query are
hashed now. A caption or a sticker leaves the windows beside it untouched; a different picture leaves none alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.matching.borders import Box
from facewarden.matching.pdq import MATCH, Pdq, distance, reduced
from facewarden.matching.prints import HALVES, MIDDLE, QUARTERS, PicturePrint, parts_of
from facewarden.media.frame import ImageRGB

ENOUGH_HALVES = 3
"""Of nine windows; two neighbours share half of what they show, three do not."""

SMALL_MATCH = 60
"""For windows of a quarter, which a shift by one pixel of a hundred changes by 30 bits."""

CLEAR = 20
ENOUGH_QUARTERS = 2
"""A middle up to `CLEAR` is enough for a crop, up to `MATCH` with so many small windows: those of small pictures are
often plain, or change with every pixel by which the crop is laid beside its place. Of 2 million pairs of different
pictures none had a middle within 43 bits, and one had two such windows, with a middle 56 bits off."""

_OUTSIDE_SHARE = 0.8
_TOUCH = 0.05
_BEYOND = 0.01
"""A window of a crop is compared if no more than this much of the picture's side is missing from it."""

_ROOM_AROUND_A_FACE = 0.25
"""Hair and neck change with a face; in widths and heights of its box."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the windows of a query agree with those of an enrolled picture.

    Attributes:
        halves, halves_compared: of the nine, those that agree, and those that showed enough in both to be compared.
        outside, outside_compared: the same of the small windows that touch no face.
    """

    halves: int
    halves_compared: int
    outside: int
    outside_compared: int

    @property
    def same_picture(self) -> bool:
        """Whether parts of it are certainly the same picture."""
        return self.halves >= ENOUGH_HALVES

    @property
    def outside_agrees(self) -> bool | None:
        """Whether what surrounds the faces is the same; None where there is nothing to see."""
        if self.outside_compared < 2:
            return None
        return self.outside >= _OUTSIDE_SHARE * self.outside_compared


def agreement(laid_rgb: ImageRGB, kept: PicturePrint) -> Agreement:
    """Compare the windows of a query that was laid as the picture (`View.lay`) with what is kept of that."""
    small = reduced(laid_rgb)
    halves, halves_compared = _agreeing(parts_of(small, HALVES), kept.halves, MATCH)
    beside = [number for number, box in enumerate(QUARTERS) if not _touches_a_face(box, kept.faces)]
    now = parts_of(small, [QUARTERS[number] for number in beside])
    outside, compared = _agreeing(now, [kept.quarters[number] for number in beside], SMALL_MATCH)
    return Agreement(halves, halves_compared, outside, compared)


@dataclass(frozen=True, slots=True)
class CropAgreement:
    """How a query agrees with a picture that it may be a crop of.

    Attributes:
        middle: bits between the hashes of the middle half; None where it shows too little.
        quarters, quarters_compared: of the small windows that the crop shows, those that agree, and those that showed
            enough in both to be compared.
    """

    middle: int | None
    quarters: int
    quarters_compared: int

    @property
    def same_picture(self) -> bool:
        """Whether it is certainly a crop of the same picture."""
        if self.middle is None or self.middle > MATCH:
            return False
        return self.middle <= CLEAR or self.quarters >= ENOUGH_QUARTERS


def crop_agreement(laid_rgb: ImageRGB, shown: Box, kept: PicturePrint) -> CropAgreement:
    """Compare the windows that lie within `shown` of a query that was laid as the picture (`Crop.lay`)."""
    small = reduced(laid_rgb)
    (middle,) = parts_of(small, [HALVES[MIDDLE]])
    seen = [number for number, box in enumerate(QUARTERS) if _within(box, shown)]
    now = parts_of(small, [QUARTERS[number] for number in seen])
    quarters, compared = _agreeing(now, [kept.quarters[number] for number in seen], SMALL_MATCH)
    bits = distance(middle, kept.middle) if middle.useful and kept.middle.useful else None
    return CropAgreement(bits, quarters, compared)


def _within(box: Box, shown: Box) -> bool:
    return min(box.x0 - shown.x0, box.y0 - shown.y0, shown.x1 - box.x1, shown.y1 - box.y1) >= -_BEYOND


def _agreeing(now: Sequence[Pdq], kept: Sequence[Pdq], radius: int) -> tuple[int, int]:
    pairs = [(a, b) for a, b in zip(now, kept, strict=True) if a.useful and b.useful]
    return sum(distance(a, b) <= radius for a, b in pairs), len(pairs)


def _touches_a_face(box: Box, faces: Sequence[Box]) -> bool:
    return any(_overlap(box, _roomy(face)) > _TOUCH for face in faces)


def _roomy(face: Box) -> Box:
    x, y = _ROOM_AROUND_A_FACE * (face.x1 - face.x0), _ROOM_AROUND_A_FACE * (face.y1 - face.y0)
    return Box(face.x0 - x, face.y0 - y, face.x1 + x, face.y1 + y)


def _overlap(box: Box, other: Box) -> float:
    """Which share of `box` lies within `other`."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return max(0.0, width) * max(0.0, height) / ((box.x1 - box.x0) * (box.y1 - box.y0))
