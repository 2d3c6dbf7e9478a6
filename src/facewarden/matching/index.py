"""A million hashes and the question "which of them are near this one?", answered exactly.

A scan over four columns of 64 bits each, in blocks that stay in the processor's cache. Rows that differ in more than
the radius within the first two or three columns are dropped, and those are nearly all. Measured beside FAISS and beside
multi-index hashing in docs/matching.md: at the radius of 70 that the review tier needs, no index of buckets is exact
and faster than looking at everything, and this way nothing is built, adding is writing at the end, and removing is
moving the last row into the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.matching.pdq import BITS, Words

_BLOCK = 1 << 15
_FIRST_ROOM = 1024

Owners = npt.NDArray[np.int64]
"""(N,) int64: whom each hash belongs to, any numbers of the caller's."""


@dataclass(frozen=True, slots=True)
class Near:
    """What lies within a radius, nearest first.

    Attributes:
        owners: (K,) int64.
        distances: (K,) int64 bits.
        words: (K, 4) uint64, the hashes that were found.
    """

    owners: Owners
    distances: npt.NDArray[np.int64]
    words: Words

    def __len__(self) -> int:
        return len(self.owners)


class HashIndex:
    """Hashes with their owners. 40 bytes for each hash; grows by half of itself when it is full."""

    def __init__(self) -> None:
        self._columns = [np.empty(0, np.uint64) for _ in range(4)]
        self._owners = np.empty(0, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def bytes(self) -> int:
        """Memory that the arrays hold, room to grow included."""
        return self._owners.nbytes + sum(column.nbytes for column in self._columns)

    def add(self, words: Words, owners: Owners) -> None:
        """Add (N, 4) hashes that belong to (N,) owners. Raises ValueError where the shapes do not fit."""
        if words.ndim != 2 or words.shape[1] != 4 or owners.shape != (len(words),):
            raise ValueError(
                f"words must be of shape (N, 4) and owners (N,), but got {words.shape} and {owners.shape}"
            )
        end = self._count + len(words)
        self._make_room(end)
        for number, column in enumerate(self._columns):
            column[self._count : end] = words[:, number]
        self._owners[self._count : end] = owners
        self._count = end

    def remove(self, *owners: int) -> int:
        """Forget every hash of the `owners`, overwriting them in memory; returns how many there were."""
        rows = np.flatnonzero(np.isin(self._owners[: self._count], np.array(owners, np.int64)))
        if not len(rows):
            return 0
        end = self._count - len(rows)
        keep = np.setdiff1d(np.arange(end, self._count), rows, assume_unique=True)
        gaps = rows[rows < end]
        for column in (*self._columns, self._owners):
            column[gaps] = column[keep]
            column[end : self._count] = 0
        self._count = end
        return len(rows)

    def owners(self) -> Owners:
        """(N,) int64, the owner of each hash, in no order."""
        return self._owners[: self._count].copy()

    def within(self, one: Words, radius: int) -> Near:
        """Everything within `radius` bits of the hash `one`, (4,) uint64: all of it, and nothing else."""
        return self.within_each(one.reshape(1, 4), radius)[0]

    def within_each(self, queries: Words, radius: int) -> list[Near]:
        """`within` for every row of (Q, 4): each block of the index is fetched from memory once for all."""
        if queries.ndim != 2 or queries.shape[1] != 4 or not 0 <= radius <= BITS:
            raise ValueError(
                f"queries must be of shape (Q, 4) and the radius 0 to {BITS}, but got {queries.shape} and {radius}"
            )
        found: list[list[npt.NDArray[np.int64]]] = [[] for _ in queries]
        scratch = _Scratch(min(_BLOCK, max(1, self._count)))
        for start in range(0, self._count, _BLOCK):
            end = min(self._count, start + _BLOCK)
            columns = [column[start:end] for column in self._columns]
            for query, rows in zip(queries, found, strict=True):
                near = scratch.near(columns, query, radius)
                if len(near):
                    rows.append(near + start)
        return [self._near(query, rows) for query, rows in zip(queries, found, strict=True)]

    def _near(self, query: Words, parts: list[npt.NDArray[np.int64]]) -> Near:
        rows = np.concatenate(parts) if parts else np.empty(0, np.int64)
        words = np.stack([column[rows] for column in self._columns], axis=1)
        distances = np.bitwise_count(words ^ query).sum(axis=1, dtype=np.int64)
        order = np.lexsort((self._owners[rows], distances))
        return Near(self._owners[rows][order], distances[order], words[order])

    def _make_room(self, count: int) -> None:
        room = len(self._owners)
        if count <= room:
            return
        larger = max(count, room + room // 2, _FIRST_ROOM)
        self._columns = [_grown(column, larger) for column in self._columns]
        self._owners = _grown(self._owners, larger)


class _Scratch:
    """Arrays that every block is worked in, so that none is asked of the system anew."""

    def __init__(self, room: int) -> None:
        self._xor = np.empty(room, np.uint64)
        self._total = np.empty(room, np.uint8)
        self._more = np.empty(room, np.uint8)
        self._near = np.empty(room, np.bool_)

    def near(self, columns: list[Words], query: Words, radius: int) -> npt.NDArray[np.int64]:
        """The rows of the block within the radius."""
        count = len(columns[0])
        xor, total, more = self._xor[:count], self._total[:count], self._more[:count]
        np.bitwise_count(np.bitwise_xor(columns[0], query[0], out=xor), out=total)
        looked = _columns_first(radius)
        for number in range(1, looked):
            np.bitwise_count(np.bitwise_xor(columns[number], query[number], out=xor), out=more)
            np.add(total, more, out=total)
        # As one byte: compared with a Python number, NumPy takes four times as long.
        most = np.uint8(min(radius, 64 * looked))
        rows = np.flatnonzero(np.less_equal(total, most, out=self._near[:count]))
        sums = total[rows].astype(np.int64)
        for number in range(looked, 4):
            sums += np.bitwise_count(columns[number][rows] ^ query[number])
        return rows[sums <= radius]


def _columns_first(radius: int) -> int:
    """After how many columns few enough rows are left: those of unrelated pictures differ in 32 bits a column."""
    return 2 if radius <= 40 else 3


def _grown(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    larger = np.zeros(room, array.dtype)
    larger[: len(array)] = array
    return larger
