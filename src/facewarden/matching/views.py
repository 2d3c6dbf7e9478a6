"""The ways in which a copy may show a picture, undone one by one: what is looked up for one query.

Turns by quarters and mirroring are undone for the whole file and for what lies within its borders (24 hashes at most);
tilts only where there is no face to lay the picture by (20 hashes more). Crops are left to the squares around faces
and to `crops`: PDQ changes by about 28 bits for a shift of 1 % and by 55 for 2 % (medians of 11 portraits), so that
takes thousands of hashes, which are made in another way there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from facewarden.matching.borders import WHOLE, Box, pictures_within
from facewarden.matching.pdq import Pdq, pdq_of, reduced, turned
from facewarden.media.frame import ImageRGB

_ALL_TURNS = tuple(range(8))
_COMMON_TURNS = (0, 4)
_TILTS_DEG = (-10.0, -8.0, -6.0, -4.0, -2.0, 2.0, 4.0, 6.0, 8.0, 10.0)
_OUTSIDE = (127, 127, 127)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the query.

    Attributes:
        pdq: the hash of what is seen.
        turn: which of `pdq.TURNS` was applied to it, last.
        box: which part of the (tilted) file was looked at.
        tilt_deg: by how much the file was turned back first, degrees anticlockwise.
    """

    pdq: Pdq
    turn: int = 0
    box: Box = WHOLE
    tilt_deg: float = 0.0

    def lay(self, image_rgb: ImageRGB) -> ImageRGB:
        """The pixels that were hashed, of the same file: laid as the picture that it may be a copy of."""
        return turned(self.box.cut(_tilted(image_rgb, self.tilt_deg)), self.turn)


def plain_views(image_rgb: ImageRGB, *, every_turn: bool = True) -> tuple[View, ...]:
    """The whole file in all eight turns, then what may be the picture within it; only useful hashes.

    Without `every_turn` as it is and mirrored only: for the frames of clips, which are many.
    """
    small = reduced(image_rgb)
    turns = _ALL_TURNS if every_turn else _COMMON_TURNS
    views = list(_views(small, WHOLE, turns))
    for number, box in enumerate(pictures_within(small)):
        views += _views(small, box, _COMMON_TURNS if number else turns)
    return tuple(views)


def tilted_views(image_rgb: ImageRGB) -> tuple[View, ...]:
    """The file turned back by 2 to 10 degrees either way: on its old place, and without the borders of that."""
    small = reduced(image_rgb)
    views: list[View] = []
    for tilt_deg in _TILTS_DEG:
        straight = _tilted(small, tilt_deg)
        views += _views(straight, WHOLE, (0,), tilt_deg)
        for box in pictures_within(straight)[:1]:
            views += _views(straight, box, (0,), tilt_deg)
    return tuple(views)


def _views(image_rgb: ImageRGB, box: Box, turns: tuple[int, ...], tilt_deg: float = 0.0) -> Iterator[View]:
    part = box.cut(image_rgb)
    for turn in turns:
        pdq = pdq_of(turned(part, turn))
        if pdq.useful:
            yield View(pdq, turn, box, tilt_deg)


def _tilted(image_rgb: ImageRGB, tilt_deg: float) -> ImageRGB:
    if not tilt_deg:
        return image_rgb
    picture = Image.fromarray(np.ascontiguousarray(image_rgb))
    return np.asarray(picture.rotate(tilt_deg, Image.Resampling.BILINEAR, fillcolor=_OUTSIDE))
