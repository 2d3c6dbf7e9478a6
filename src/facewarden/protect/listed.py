"""The lists of others, loaded for lookups: digests of the very same files, and hashes of pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.matching.digests import Digests
from facewarden.matching.exchange import Kind, Signal
from facewarden.matching.index import HashIndex
from facewarden.matching.lookup import PictureMatch, Tier
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import USELESS, Pdq, Words, words_of
from facewarden.matching.wholes import WholeIndex
from facewarden.protect.hash_list import HashList

_MOST_CONFIRMED = 10
"""Of one list and file: enough to see which cases it is about, where a hash was listed many times over."""

_FILES = {"md5": (Kind.PHOTO_MD5, Kind.VIDEO_MD5), "sha256": (Kind.SHA256,)}


@dataclass(frozen=True, slots=True)
class ListedHash:
    """One hash of a list.

    Attributes:
        list_id, label: of the list.
        kind: of hash.
        note: what the list says of it.
        entry: 16 hex digits that stay the same for this hash and do not give it away.
    """

    list_id: str
    label: str
    kind: Kind
    note: str
    entry: str


class Listed:
    """All lists together. Their hashes are numbered one list after the other."""

    def __init__(
        self, lists: Mapping[str, tuple[str, HashList]] | None = None, negative: NegativeList | None = None
    ) -> None:
        """Of lists by id, each with its label."""
        self._lists = [(place, label, content) for place, (label, content) in (lists or {}).items()]
        starts = np.cumsum([0, *(len(content) for _, _, content in self._lists)])
        self._starts: npt.NDArray[np.int64] = starts.astype(np.int64)
        words, self._rows = self._of_kinds(Kind.PDQ, useful=True)
        self.pictures = WholeIndex(words, negative=negative)
        self._digests: dict[str, HashIndex] = {}
        for name, kinds in _FILES.items():
            self._digests[name] = HashIndex()
            self._digests[name].add(*self._of_kinds(*kinds))

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def holds_digests(self) -> bool:
        """Whether any hash is of the very bytes of a file."""
        return any(len(index) for index in self._digests.values())

    def same_file(self, digests: Digests) -> list[ListedHash]:
        """The hashes of exactly this file; an MD5 counts whatever the list says it is of."""
        sought = {"md5": digests.md5.ljust(64, "0"), "sha256": digests.sha256}
        found: list[int] = []
        for name, value in sought.items():
            near = self._digests[name].within(words_of([Pdq.from_hex(value)])[0], 0)
            found += near.owners.tolist()
        return [self.hash_at(number) for number in found]

    def found(self, matches: Iterable[PictureMatch]) -> list[tuple[ListedHash, PictureMatch]]:
        """What `pictures` found, of each list what a person needs: the copies, or else the nearest one."""
        by_list: dict[str, list[tuple[ListedHash, PictureMatch]]] = {}
        for match in sorted(matches, key=lambda each: each.distance):
            listed = self.hash_at(int(self._rows[match.picture]))
            kept = by_list.setdefault(listed.list_id, [])
            if not kept or (match.tier is Tier.CONFIRMED and len(kept) < _MOST_CONFIRMED):
                kept.append((listed, match))
        return [each for kept in by_list.values() for each in kept]

    def hash_at(self, number: int) -> ListedHash:
        """The hash of this number."""
        which = int(np.searchsorted(self._starts, number, side="right")) - 1
        place, label, content = self._lists[which]
        signal = content.signal(number - int(self._starts[which]))
        return ListedHash(place, label, signal.kind, signal.note, _entry(signal))

    def _of_kinds(self, *kinds: Kind, useful: bool = False) -> tuple[Words, npt.NDArray[np.int64]]:
        """(N, 4) words and (N,) numbers of the hashes of these kinds."""
        words: list[Words] = [np.empty((0, 4), np.uint64)]
        numbers: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        for start, (_, _, content) in zip(self._starts[:-1].tolist(), self._lists, strict=True):
            rows = content.rows(*kinds)
            if useful:
                rows = rows[content.qualities[rows] > USELESS]
            words.append(content.words[rows])
            numbers.append(rows + start)
        return np.concatenate(words), np.concatenate(numbers)


def _entry(signal: Signal) -> str:
    return hashlib.sha256(f"{signal.kind}:{signal.value}".encode()).hexdigest()[:16]
