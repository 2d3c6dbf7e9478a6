"""Which of many hashes lie near one: every one of them is looked at, by FAISS where they are many.

FAISS computes all distances in one pass over memory. NumPy needs one for each step of the sum and takes three to five
times as long, which nobody notices below some ten thousand hashes. So FAISS is loaded for more than these only, and
where it is missing the answers are the same. None of its indexes is used: they copy what they are given, and what is
forgotten must be overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from facewarden.matching.pdq import BITS, Words

MANY = 50_000
"""From this many hashes on FAISS is worth being loaded, which takes a tenth of a second once."""

MANY_PAIRS = 5_000_000
"""And from this many comparisons in one go on."""

Rows = npt.NDArray[np.int64]
Scan = Callable[[Words, Words, int], Rows]
"""(N, 4) hashes, (4,) one, radius in bits: the rows within it, ascending. Both arrays are contiguous."""


def scan_for(count: int, block: int, *, times: int = 1) -> Scan:
    """The way to look so many `times` through `count` hashes, of which it is given up to `block` at once."""
    many = count >= MANY or count * times >= MANY_PAIRS
    return FaissScan(block) if many and _faiss() is not None else by_numpy


def by_numpy(words: Words, one: Words, radius: int) -> Rows:
    """A `Scan` that needs nothing but NumPy."""
    bits = np.zeros(len(words), np.uint16)
    for number in range(4):
        bits += np.bitwise_count(words[:, number] ^ one[number])
    return np.flatnonzero(bits <= np.uint16(radius))


class FaissScan:
    """A `Scan` by FAISS's plainest function, which writes all distances down.

    Args:
        block: how many hashes it is given at most.
    """

    def __init__(self, block: int) -> None:
        faiss = _faiss()
        if faiss is None:
            raise RuntimeError("FAISS is not installed: pip install 'facewarden[protect]'")
        self._hammings, self._pointer = faiss.hammings, faiss.swig_ptr
        # Kept for all blocks: to ask the system for this much memory anew takes as long as to look.
        self._bits, self._near = np.empty(block, np.int32), np.empty(block, np.bool_)

    def __call__(self, words: Words, one: Words, radius: int) -> Rows:
        count = len(words)
        bits, near = self._bits[:count], self._near[:count]
        if words.shape != (len(bits), 4) or one.shape != (4,) or not words.dtype == one.dtype == np.uint64:
            raise ValueError(
                f"expected one hash and at most {len(self._bits)} others as uint64, but got {one.shape} {one.dtype} "
                f"and {words.shape} {words.dtype}"
            )
        # Bare pointers, of which FAISS makes sure no more than that the arrays are contiguous.
        codes, query = words.view(np.uint8), one.view(np.uint8)
        self._hammings(self._pointer(query), self._pointer(codes), 1, count, BITS // 8, self._pointer(bits))
        return np.flatnonzero(np.less_equal(bits, np.int32(radius), out=near))


@cache
def _faiss() -> ModuleType | None:
    try:
        import faiss
    except ImportError:
        return None
    return faiss
