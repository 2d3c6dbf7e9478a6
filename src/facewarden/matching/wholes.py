"""Hashes of others, of which only the whole is known: no parts to verify a near one by, and no squares around faces."""

from __future__ import annotations

import numpy as np

from facewarden.matching.index import HashIndex
from facewarden.matching.lookup import Abstention, Lookup, PictureMatch, Reason, Tier
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import MATCH, REVIEW, Words, pdq_of, reduced, words_of
from facewarden.matching.views import View, plain_views, tilted_views
from facewarden.media.frame import ImageRGB

MOST_REVIEWED = 12_000
"""With more hashes than these, near ones say nothing and are left out. Of 1,000,792 pairs of different pictures 41 came
near by the whole (docs/matching.md), so that among 12,000 hashes every second picture would have one near it."""

_LOOK_SIDE = 1024


class WholeIndex:
    """Hashes of whole pictures, numbered from 0, ready to be asked.

    Args:
        words: (N, 4) uint64.
        negative: hashes that never count.
    """

    def __init__(self, words: Words, *, negative: NegativeList | None = None) -> None:
        self._index = HashIndex()
        self._index.add(words, np.arange(len(words), dtype=np.int64))
        self._negative = negative or NegativeList()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def radius(self) -> int:
        """Up to how many bits apart a hash is reported."""
        return REVIEW if len(self) <= MOST_REVIEWED else MATCH

    def holds_near(self, words: Words, radius: int) -> bool:
        """Whether any hash lies within `radius` bits of one of (Q, 4)."""
        return any(map(len, self._index.within_each(words, radius)))

    def match(self, image_rgb: ImageRGB) -> Lookup:
        """Look one picture up, (H, W, 3), in the tiers of `PictureIndex`; the nearest first.

        It is laid in the same ways. Tilts are tried whenever nothing was confirmed before, as no faces can be asked.
        """
        seen = reduced(image_rgb, _LOOK_SIDE)
        if self._negative.holds(pdq_of(seen)):
            return Lookup(abstained=Abstention.NEGATIVE_LIST, hashes=1)
        nearest: dict[int, PictureMatch] = {}
        views = self._take(nearest, plain_views(seen))
        if not views:
            # Of a plain page, tilts would see its edges.
            return Lookup(abstained=Abstention.LOW_QUALITY, hashes=1)
        if not any(match.tier is Tier.CONFIRMED for match in nearest.values()):
            views += self._take(nearest, tilted_views(seen))
        ranked = sorted(nearest.values(), key=lambda match: (match.distance, match.picture))
        return Lookup(matches=tuple(ranked), hashes=1 + views)

    def _take(self, nearest: dict[int, PictureMatch], views: tuple[View, ...]) -> int:
        """Look the views up; tells how many there were that count."""
        counting = [view for view in views if not self._negative.holds(view.pdq)]
        found = self._index.within_each(words_of([view.pdq for view in counting]), self.radius)
        for view, near in zip(counting, found, strict=True):
            for number, bits in zip(near.owners.tolist(), near.distances.tolist(), strict=True):
                if number not in nearest or bits < nearest[number].distance:
                    sure = bits <= MATCH
                    nearest[number] = PictureMatch(
                        number,
                        Tier.CONFIRMED if sure else Tier.REVIEW,
                        Reason.SAME_PICTURE if sure else Reason.NEAR,
                        bits,
                        turn=view.turn,
                        tilt_deg=view.tilt_deg,
                    )
        return len(counting)
