"""Who may be matched today, loaded for lookups: templates as one matrix, hashes in their indexes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facewarden.errors import TamperedError
from facewarden.matching.clips import ClipIndex
from facewarden.matching.index import HashIndex
from facewarden.matching.match import FindsFaces, PictureIndex
from facewarden.matching.pdq import Pdq, words_of
from facewarden.protect import rates
from facewarden.protect.columns import Array, Columns
from facewarden.protect.events import Event
from facewarden.protect.fetched import FetchedPrints
from facewarden.protect.parts import Clock, Parts, parts_of, utc_now
from facewarden.protect.person import Features, Person, stamp
from facewarden.protect.roll import Roll
from facewarden.protect.store import WAIT_S
from facewarden.sealed.sole import alone

if TYPE_CHECKING:
    from facewarden.matching.prints import PicturePrint
    from facewarden.sealed.keys import MasterKey

_TRIES = 3
_AT_ONCE = 16
"""Queries that are compared at once: 100,000 people with three templates each take 19 MB for that."""

_KEPT_FEATURES = 64
_NEVER = dt.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Recognised:
    """An enrolled person whose face is near.

    Attributes:
        person, name: of the enrolled person.
        distance: of the nearest of her templates.
        sure: whether so few strangers would come as near that the face may be called hers.
        false_positive_rate: how many strangers would come as near to anybody enrolled (0..1), None where it was not
            measured.
    """

    person: str
    name: str
    distance: float
    sure: bool
    false_positive_rate: float | None


@dataclass(frozen=True, slots=True)
class Item:
    """One enrolled file: whose it is, and its number among hers (from 1)."""

    person: str
    number: int


class Registry:
    """A snapshot of the store: who is not expired and did not withdraw. Asking it does not lock the store."""

    def __init__(self, parts: Parts, clock: Clock = utc_now) -> None:
        """Read it. Raises UsageError and TamperedError as `store.opened`."""
        self._parts, self._clock = parts, clock
        self._finder: FindsFaces | None = None
        self.reload()

    @classmethod
    def load(cls, folder: Path, key: MasterKey, *, clock: Clock = utc_now) -> Registry:
        """The registry of the store in `folder`. Raises UsageError where there is none, TamperedError."""
        return cls(parts_of(folder, key), clock)

    def __len__(self) -> int:
        """How many people can be matched by their face today."""
        return int(np.count_nonzero(self._until[self._first_part] > self._today()))

    def reload(self) -> None:
        """Read the store again. Raises TamperedError."""
        self._state, roll, columns = self._read()
        by_part = {entry.features: person for person, entry in roll.people.items() if entry.features}
        self._roll, self._columns = roll, columns
        self._people = [by_part[part] for part in columns.parts]
        expires = [roll.people[person].expires for person in self._people]
        self._until = np.array([day.toordinal() if day else _NEVER for day in expires], np.int64)
        self._templates = columns.templates.astype(np.float32)
        self._squares = (self._templates**2).sum(1)
        # Templates of one person lie beside each other: where each person begins, and which part she is.
        starts = np.flatnonzero(np.diff(columns.template_part, prepend=-1))
        self._starts, self._first_part = starts, columns.template_part[starts].astype(np.int64)
        self._digests = _indexed(columns.digest_words, columns.digest_owner)
        self._pictures: PictureIndex | None = None
        self._clips: ClipIndex | None = None
        self._kept = lru_cache(_KEPT_FEATURES)(self._features)
        self._named = lru_cache(_KEPT_FEATURES)(self._name)

    def refresh(self) -> bool:
        """Read it again if it was changed; tells whether it was."""
        if self._parts.roll.state() == self._state:
            return False
        self.reload()
        return True

    def spend(self, count: int = 1) -> int:
        """Take up to `count` lookups, at least one, off what the store allows.

        Raises:
            RateLimitedError: there is none left.
            StorageError: the store cannot be written, so that nothing can be counted.
        """
        with alone(self._parts.layout.root, wait_s=WAIT_S):
            return self._parts.allowance.take(count, self._clock())

    def settle(self, *, unused: int, files: int) -> None:
        """Give back lookups that were taken and not used, and note how many files were looked up."""
        with alone(self._parts.layout.root, wait_s=WAIT_S):
            now = self._clock()
            if unused > 0:
                self._parts.allowance.give_back(unused, now)
            if files > 0:
                self._parts.events.append(Event(at=stamp(now), action="matched", count=files))

    def nearest(self, embeddings: npt.NDArray[np.float32], *, most: int = 3) -> list[list[Recognised]]:
        """For each row of (M, 128) the enrolled people within `rates.RECOGNISED`, nearest first, at most `most`."""
        found: list[list[Recognised]] = []
        everybody = len(self)
        for start in range(0, len(embeddings), _AT_ONCE):
            near = self._distances(embeddings[start : start + _AT_ONCE])
            for row in near:
                places = _lowest(row, most)
                found.append(
                    [
                        self._recognised(int(self._first_part[place]), float(row[place]), everybody)
                        for place in places
                        if row[place] <= rates.RECOGNISED
                    ]
                )
        return found

    def templates_of(self, person: str) -> npt.NDArray[np.float32]:
        """(K, 128), none where she cannot be matched."""
        rows = [part for part, each in enumerate(self._people) if each == person]
        wanted = (
            np.isin(self._columns.template_part, rows) if rows else np.zeros(len(self._templates), np.bool_)
        )
        return self._templates[wanted]

    def name_of(self, person: str) -> str:
        """Raises KeyError where she is not enrolled any more, TamperedError."""
        return self._named(person)

    def record_of(self, person: str) -> Person:
        """Raises KeyError, TamperedError."""
        return Person.read(self._parts.cabinet.get(self._roll.people[person].record))

    def same_file(self, sha256: str) -> list[Item]:
        """The enrolled files with this digest."""
        near = self._digests.within(words_of([Pdq.from_hex(sha256)])[0], 0)
        items = [self._item(owner >> 16, owner & 0xFFFF) for owner in near.owners.tolist()]
        return [item for item in items if item is not None]

    def pictures(self, finder: FindsFaces) -> PictureIndex:
        """The enrolled pictures, by numbers that `picture` explains."""
        if self._pictures is None or finder is not self._finder:
            columns, self._finder = self._columns, finder
            indexed = (
                _indexed(columns.whole_words, columns.whole_owner),
                _indexed(columns.anchor_words, columns.anchor_owner),
            )
            self._pictures = PictureIndex(
                finder=finder, prints=FetchedPrints(self.print_of, self.picture_count()), indexed=indexed
            )
        return self._pictures

    def picture(self, number: int) -> Item | None:
        """Whose picture it is; None where she is not to be matched any more."""
        part, material = self._columns.pictures[number].tolist()
        return self._item(part, material)

    def clips(self, finder: FindsFaces) -> ClipIndex:
        """The enrolled clips, by numbers that `clip` explains."""
        if self._clips is None:
            columns = self._columns
            bounds = np.searchsorted(columns.second_clip, np.arange(len(columns.clips) + 1))
            times = {
                clip: columns.second_time_s[bounds[clip] : bounds[clip + 1]]
                for clip in range(len(columns.clips))
            }
            indexed = (
                _indexed(columns.frame_words, columns.frame_owner),
                _indexed(columns.face_words, columns.face_owner),
            )
            self._clips = ClipIndex(finder=finder, times_s=times, indexed=indexed)
        return self._clips

    def clip(self, number: int) -> Item | None:
        """As `picture`."""
        part, material = self._columns.clips[number].tolist()
        return self._item(part, material)

    def print_of(self, number: int) -> PicturePrint:
        """The print of a picture. Raises KeyError where it is gone, TamperedError."""
        part, material = self._columns.pictures[number].tolist()
        item = self._kept(self._columns.parts[part]).item(material)
        found = item.picture_print() if item else None
        if found is None:
            raise KeyError(number)
        return found

    def picture_count(self) -> int:
        return len(self._columns.pictures)

    def clip_count(self) -> int:
        return len(self._columns.clips)

    def _read(self) -> tuple[tuple[int, int], Roll, Columns]:
        for _ in range(_TRIES):
            state = self._parts.roll.state()
            roll = self._parts.roll.read()
            entries = [entry for entry in roll.people.values() if entry.features]
            try:
                base = Columns.none()
                if roll.index is not None:
                    live = [entry.features for entry in entries if entry.indexed and entry.features]
                    base = Columns.read(self._parts.cabinet.get(roll.index)).only(live)
                loose = [entry.features for entry in entries if not entry.indexed and entry.features]
                fresh = Columns.of((name, Features.read(self._parts.cabinet.get(name))) for name in loose)
            except KeyError:
                # Somebody was forgotten between the roll and her objects.
                continue
            return state, roll, base.joined(fresh) if loose else base
        raise TamperedError(
            f"Sealed files of {self._parts.layout.root} are gone. Put the whole folder back from a backup."
        )

    def _distances(self, embeddings: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(M, P), of each query to the nearest template of each person with one; infinite for the expired."""
        if not len(self._starts):
            return np.empty((len(embeddings), 0), np.float32)
        squares = self._squares - 2 * (embeddings @ self._templates.T) + (embeddings**2).sum(1)[:, None]
        nearest = np.sqrt(np.maximum(np.minimum.reduceat(squares, self._starts, axis=1), 0))
        nearest[:, self._until[self._first_part] <= self._today()] = np.inf
        return np.asarray(nearest, np.float32)

    def _recognised(self, part: int, distance: float, everybody: int) -> Recognised:
        person = self._people[part]
        return Recognised(
            person,
            self.name_of(person),
            distance,
            rates.sure(distance, everybody),
            rates.false_positive_rate(distance, everybody),
        )

    def _item(self, part: int, material: int) -> Item | None:
        return None if self._until[part] <= self._today() else Item(self._people[part], material)

    def _today(self) -> int:
        return self._clock().astimezone(dt.UTC).date().toordinal()

    def _features(self, part: str) -> Features:
        return Features.read(self._parts.cabinet.get(part))

    def _name(self, person: str) -> str:
        return self.record_of(person).name


def _indexed(words: Array, owners: Array) -> HashIndex:
    index = HashIndex()
    index.add(words, owners)
    return index


def _lowest(row: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.int64]:
    """The places of the `most` smallest, in order."""
    if len(row) <= most:
        return np.argsort(row)
    places = np.argpartition(row, most)[:most]
    return places[np.argsort(row[places])]
