"""A million hashes and the question "which of them are near this one?", answered exactly.

A scan over all of them (`scan`), in blocks that stay in the processor's cache while several queries are looked up.
Measured beside FAISS's indexes and beside multi-index hashing in docs/matching.md: at the radius of 70 that the review
tier needs, no index of buckets is exact and faster than looking at everything, and this way nothing is built, adding is
writing at the end, and removing is moving the last row into the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.matching.pdq import BITS, Words
from facewarden.matching.scan import scan_for

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
        self._words = np.empty((0, 4), np.uint64)
        self._owners = np.empty(0, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def bytes(self) -> int:
        """Memory that the arrays hold, room to grow included."""
        return self._owners.nbytes + self._words.nbytes

    def add(self, words: Words, owners: Owners) -> None:
        """Add (N, 4) hashes that belong to (N,) owners. Raises ValueError where the shapes do not fit."""
        if words.ndim != 2 or words.shape[1] != 4 or owners.shape != (len(words),):
            raise ValueError(
                f"words must be of shape (N, 4) and owners (N,), but got {words.shape} and {owners.shape}"
            )
        end = self._count + len(words)
        self._make_room(end)
        self._words[self._count : end] = words
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
        for kept in (self._words, self._owners):
            kept[gaps] = kept[keep]
            kept[end : self._count] = 0
        self._count = end
        return len(rows)

    def owners(self) -> Owners:
        """(N,) int64, the owner of each hash, in no order."""
        return self._owners[: self._count].copy()

    def owned_by(self, first: int, end: int) -> tuple[Owners, Words]:
        """The owners, (K,), from `first` and below `end`, and their hashes, (K, 4), in no order."""
        owners = self._owners[: self._count]
        rows = np.flatnonzero((owners >= first) & (owners < end))
        return owners[rows], self._words[rows]

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
        queries, scan = np.ascontiguousarray(queries), scan_for(self._count, _BLOCK, times=len(queries))
        for start in range(0, self._count, _BLOCK):
            block = self._words[start : min(self._count, start + _BLOCK)]
            for query, parts in zip(queries, found, strict=True):
                rows = scan(block, query, radius)
                if len(rows):
                    parts.append(rows + start)
        return [self._near(query, parts) for query, parts in zip(queries, found, strict=True)]

    def pairs_within(self, queries: Words, radius: int) -> tuple[Near, npt.NDArray[np.int64]]:
        """All that is within `radius` bits of any of (Q, 4), and the number of the query for each, nearest first.

        For very many queries that find little: the shorter of both sides is gone through.
        """
        if len(queries) <= self._count:
            each = self.within_each(queries, radius)
            numbers = np.repeat(np.arange(len(each)), [len(near) for near in each])
            words = np.concatenate([near.words for near in each]) if each else self._words[:0]
            owners = np.concatenate([near.owners for near in each]) if each else self._owners[:0]
        else:
            queries = np.ascontiguousarray(queries)
            scan = scan_for(len(queries), len(queries), times=self._count)
            found = [scan(queries, self._words[row], radius) for row in range(self._count)]
            numbers = np.concatenate([np.empty(0, np.int64), *found])
            rows = np.repeat(np.arange(self._count), [len(each) for each in found])
            words, owners = self._words[rows], self._owners[rows]
        distances = np.bitwise_count(words ^ queries[numbers]).sum(axis=1, dtype=np.int64)
        order = np.lexsort((numbers, owners, distances))
        return Near(owners[order], distances[order], words[order]), numbers[order]

    def _near(self, query: Words, parts: list[npt.NDArray[np.int64]]) -> Near:
        rows = np.concatenate(parts) if parts else np.empty(0, np.int64)
        words, owners = self._words[rows], self._owners[rows]
        distances = np.bitwise_count(words ^ query).sum(axis=1, dtype=np.int64)
        order = np.lexsort((owners, distances))
        return Near(owners[order], distances[order], words[order])

    def _make_room(self, count: int) -> None:
        room = len(self._owners)
        if count <= room:
            return
        larger = max(count, room + room // 2, _FIRST_ROOM)
        self._words = _grown(self._words, larger)
        self._owners = _grown(self._owners, larger)


def _grown(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    larger = np.zeros((room, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
