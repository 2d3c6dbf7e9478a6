"""Prints of enrolled pictures that stay encrypted until one of them is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping

import numpy as np

from facewarden.matching.index import Owners
from facewarden.matching.pdq import Words, words_of
from facewarden.matching.prints import PicturePrint

MOST_READ = 2_000
"""So many prints are read when the first picture is looked up, at about a millisecond each. Beyond, crops of pictures
that an older index holds are found by faces only, until they are enrolled again."""


class FetchedPrints(MutableMapping[int, PicturePrint]):
    """Numbers from 0 to `count`; what `fetch` gives is not kept here, and nothing can be put in."""

    def __init__(self, fetch: Callable[[int], PicturePrint], count: int) -> None:
        self._fetch, self._count = fetch, count

    def __getitem__(self, number: int) -> PicturePrint:
        return self._fetch(number)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._count))

    def __setitem__(self, number: int, kept: PicturePrint) -> None:
        raise TypeError("people are enrolled through the store")

    def __delitem__(self, number: int) -> None:
        raise TypeError("people are forgotten through the store")


def middles_of(kept: Words, fetch: Callable[[int], PicturePrint]) -> tuple[Words, Owners]:
    """The middles of pictures and their numbers, without those that show too little.

    Args:
        kept: (P, 4) uint64 by number; 0 where an older index does not know it, which is then asked of the print.
        fetch: the print of a picture, by its number.
    """
    words = kept.copy()
    unknown = np.flatnonzero(~words.any(axis=1)).tolist()
    for number in unknown if len(unknown) <= MOST_READ else ():
        middle = fetch(number).middle
        if middle.useful:
            words[number] = words_of([middle])[0]
    known = np.flatnonzero(words.any(axis=1))
    return words[known], known
