"""Prints of enrolled pictures that stay encrypted until one of them is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping

from facewarden.matching.prints import PicturePrint


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
