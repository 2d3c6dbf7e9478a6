"""Hashes that never count: blank pages, logos, templates of memes, whatever many innocent pictures share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import Pdq, words_of

RADIUS = 15
"""Narrower than a match: a victim's picture must not vanish because it resembles a logo."""


class NegativeList:
    """Asks of a hash whether it is to be left alone."""

    def __init__(self, hashes: Iterable[Pdq] = ()) -> None:
        self._index = HashIndex()
        self.add(hashes)

    def __len__(self) -> int:
        return len(self._index)

    def add(self, hashes: Iterable[Pdq]) -> None:
        words = words_of(list(hashes))
        self._index.add(words, np.zeros(len(words), np.int64))

    def holds(self, pdq: Pdq) -> bool:
        """Whether the hash lies within `RADIUS` of one on the list."""
        return len(self._index) > 0 and len(self._index.within(words_of([pdq])[0], RADIUS)) > 0
