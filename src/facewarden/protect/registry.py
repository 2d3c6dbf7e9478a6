"""Who may be matched today, loaded for lookups: templates as one matrix, hashes in their indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facewarden.errors import TamperedError
from facewarden.faces.likeness import COIN, Likeness
from facewarden.faces.naming import PROBABLY
from facewarden.matching.clips import ClipIndex
from facewarden.matching.faces_apart import FindsFaces
from facewarden.matching.index import HashIndex
from facewarden.matching.match import PictureIndex
from facewarden.matching.negative import RADIUS
from facewarden.matching.pdq import Pdq, words_of
from facewarden.protect.columns import Array, Columns
from facewarden.protect.events import Event
from facewarden.protect.fetched import FetchedPrints, middles_of
from facewarden.protect.listed import Listed
from facewarden.protect.parts import Clock, Parts, parts_of, utc_now
from facewarden.protect.person import Features, Person, stamp
from facewarden.protect.roll import Roll
from facewarden.protect.shelved import Shelved
from facewarden.protect.store import WAIT_S
from facewarden.sealed.sole import alone

if TYPE_CHECKING:
    from facewarden.matching.prints import PicturePrint
    from facewarden.sealed.keys import MasterKey

_TRIES, _KEPT_FEATURES = 3, 64
_NEVER = dt.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Recognised:
    """An enrolled person whose face is near.

    Attributes:
        person, name: of the enrolled person.
        distance: to the nearest of the templates.
        sure: whether so few strangers would come as near that the face may be called this person's.
        false_positive_rate: the share of strangers, at most, who would come as near to anybody enrolled (0..1).
    """

    person: str
    name: str
    distance: float
    sure: bool
    false_positive_rate: float


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
        self._shelved = Shelved(Roll(), parts.cabinet)
        self.reload()

    @classmethod
    def load(cls, folder: Path, key: MasterKey, *, clock: Clock = utc_now) -> Registry:
        """The registry of the store in `folder`. Raises UsageError where there is none, TamperedError."""
        return cls(parts_of(folder, key), clock)

    def __len__(self) -> int:
        """How many people can be matched by their face today."""
        return len(self._likeness())

    @property
    def people(self) -> list[str]:
        """Ids of those who can be matched by their face today, one for each of `templates`."""
        parts = self._columns.template_part[self._matchable()]
        return [self._people[part] for part in parts.tolist()]

    @property
    def templates(self) -> npt.NDArray[np.float32]:
        """(T, 128) templates of those who can be matched today."""
        return np.asarray(self._columns.templates[self._matchable()], np.float32)

    def reload(self) -> None:
        """Read the store again. Raises TamperedError."""
        self._state, roll, columns, self._shelved = self._read()
        by_part = {entry.features: person for person, entry in roll.people.items() if entry.features}
        self._roll, self._columns = roll, columns
        self._people = [by_part[part] for part in columns.parts]
        expires = [roll.people[person].expires for person in self._people]
        self._until = np.array([day.toordinal() if day else _NEVER for day in expires], np.int64)
        self._known: tuple[int, Likeness] | None = None
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

    def nearest(self, embeddings: npt.NDArray[np.float32], *, most: int = 3) -> list[Recognised]:
        """Whom one face, seen at K moments as (K, 128), is near; nearest first, at most `most`.

        Where so many people are enrolled that a stranger would come as near to one of them as not, nobody is named.
        """
        likeness = self._likeness()
        found = []
        for near in likeness.nearest(embeddings, count=most):
            rate = likeness.rate_among_all(near.distance)
            if rate < COIN:
                name = self.name_of(near.person)
                found.append(Recognised(near.person, name, near.distance, rate <= PROBABLY, rate))
        return found

    @property
    def tells_faces_apart(self) -> bool:
        """Whether few enough people are enrolled that the nearest face says something."""
        return self._likeness().tells_apart

    def name_of(self, person: str) -> str:
        """Raises KeyError where she is not enrolled any more, TamperedError."""
        return self._named(person)

    def record_of(self, person: str) -> Person:
        """Raises KeyError, TamperedError."""
        return Person.read(self._parts.cabinet.get(self._roll.people[person].record))

    @property
    def listed(self) -> Listed:
        """The lists of others. Raises KeyError where one was forgotten meanwhile, TamperedError."""
        return self._shelved.listed

    def ignores(self, sha256: str) -> bool:
        """Whether a file of this digest never counts as a copy."""
        return sha256 in self._shelved.ignored

    def holds_near(self, hashes: Sequence[Pdq]) -> bool:
        """Whether an enrolled or listed picture is so near to one of these that ignoring them hides it."""
        wholes = _indexed(self._columns.whole_words, self._columns.whole_owner)
        words = words_of(hashes)
        return self.listed.pictures.holds_near(words, RADIUS) or any(
            map(len, wholes.within_each(words, RADIUS))
        )

    def same_file(self, sha256: str) -> list[Item]:
        """The enrolled files with this digest; none where it is to be ignored."""
        if self.ignores(sha256):
            return []
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
                _indexed(*middles_of(columns.middles, self.print_of)),
            )
            self._pictures = PictureIndex(
                finder=finder,
                negative=self._shelved.negative,
                prints=FetchedPrints(self.print_of, self.picture_count()),
                indexed=indexed,
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
            self._clips = ClipIndex(
                finder=finder, negative=self._shelved.negative, times_s=times, indexed=indexed
            )
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

    def _read(self) -> tuple[tuple[int, int], Roll, Columns, Shelved]:
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
                shelved = self._shelved if self._shelved.is_of(roll) else Shelved(roll, self._parts.cabinet)
            except KeyError:
                # Somebody was forgotten between the roll and her objects.
                continue
            return state, roll, base.joined(fresh) if loose else base, shelved
        raise TamperedError(
            f"Sealed files of {self._parts.layout.root} are gone. Put the whole folder back from a backup."
        )

    def _likeness(self) -> Likeness:
        """The templates ready to be compared, made anew each day as people expire."""
        today = self._today()
        if self._known is None or self._known[0] != today:
            self._known = today, Likeness(self)
        return self._known[1]

    def _matchable(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self._until[self._columns.template_part.astype(np.int64)] > self._today())

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
