"""The store of people: who is enrolled, with which consent, and until when. Whoever has it open has it alone."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from facewarden.errors import StorageError, TamperedError, UsageError
from facewarden.protect.allowance import Allowance
from facewarden.protect.columns import Columns
from facewarden.protect.enrolled import Enrolled
from facewarden.protect.events import Event
from facewarden.protect.parts import Clock, create, existing, parts_of, utc_now
from facewarden.protect.person import Consent, Features, GivenBy, Person, checked_name, checked_purpose, stamp
from facewarden.protect.roll import Entry, Roll, tag_of
from facewarden.protect.shelf import Shelf
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.sole import alone

__all__ = ["WAIT_S", "PeopleStore", "create", "existing", "opened", "utc_now"]

LOGGER = logging.getLogger(__name__)

WAIT_S = 10.0
WITHDRAWN = "The consent was withdrawn. Forget the person first, then enrol anew if they agree."
_LOOSE = 64
_LOOSE_SHARE = 0.1


@contextmanager
def opened(
    folder: Path, key: MasterKey, *, clock: Clock = utc_now, wait_s: float = WAIT_S
) -> Iterator[PeopleStore]:
    """Open the store in `folder` and keep everybody else out while the block runs.

    What an earlier command left unfinished is cleared away first.

    Raises:
        UsageError: there is no store, or another process keeps it longer than `wait_s`.
        StorageError: it cannot be written.
        TamperedError: it is not what was written, or the key is that of another store.
    """
    parts = parts_of(folder, key)
    with alone(folder, wait_s=wait_s):
        store = PeopleStore(parts, clock)
        store.clear_away()
        yield store


class PeopleStore(Enrolled):
    """An open store. Each method is durable when it returns; each that fails leaves everything as it was."""

    def set_allowance(self, *, burst: int, per_hour: float) -> Allowance:
        """Say how many files may be looked up. Raises UsageError."""
        changed = self._parts.allowance.set(burst=burst, per_hour=per_hour, now=self._clock())
        self._note("limit_changed")
        return changed

    @property
    def shelf(self) -> Shelf:
        """Lists of others' hashes, and what never counts as a copy."""
        return Shelf(
            self._parts.cabinet,
            roll=self._copied,
            adopt=self._adopt,
            note=lambda action, count: self._note(action, count=count),
            now=lambda: stamp(self._clock()),
        )

    def add(
        self,
        name: str,
        *,
        purpose: str,
        by: GivenBy = GivenBy.SELF,
        expires: dt.date | None = None,
        person: Person | None = None,
        features: Features | None = None,
    ) -> Person:
        """Enrol somebody new, by default without any material.

        Args:
            person: a record from elsewhere (`parcel`), whose id and materials stay; `name` still counts.

        Raises:
            UsageError: the name or id is taken, or something that was said cannot be.
        """
        person = self.drafted(name, purpose=purpose, by=by, expires=expires) if person is None else person
        person = person.model_copy(update={"name": checked_name(name)})
        if self.knows(person.name):
            raise UsageError(
                f"Somebody is enrolled as {person.name!r} already. Choose another name, or forget that person first."
            )
        if person.id in self._roll.people:
            raise UsageError("This very person is enrolled already, maybe under another name.")
        self._commit(person, features or Features(), action="enrolled")
        return person

    def drafted(
        self, name: str, *, purpose: str, by: GivenBy = GivenBy.SELF, expires: dt.date | None = None
    ) -> Person:
        """The record of somebody who is not enrolled yet, with her consent of now. Raises UsageError."""
        if expires is not None and expires <= self.today:
            raise UsageError(f"{expires} has come already. Name a later day, or leave --expires out.")
        now = stamp(self._clock())
        consent = Consent(given_at=now, purpose=checked_purpose(purpose), by=by)
        return Person(
            id=secrets.token_hex(16),
            name=checked_name(name),
            consent=consent,
            enrolled_at=now,
            expires=expires,
        )

    def add_many(self, people: Iterable[tuple[Person, Features]]) -> int:
        """Enrol many at once, with one index; for those who keep records of consent elsewhere. Returns how many.

        Raises:
            UsageError: a name or id is taken, or twice among them; then nobody is added.
        """
        roll = self._copied()
        tags, ids = {entry.tag for entry in roll.people.values()}, set(roll.people)
        fresh: list[Person] = []
        features: list[Features] = []
        for person, found in people:
            tag = tag_of(self._parts.name_key, checked_name(person.name))
            if tag in tags or person.id in ids:
                raise UsageError("A name or an id is taken already, or twice among those to be enrolled.")
            tags.add(tag)
            ids.add(person.id)
            fresh.append(person)
            features.append(found)
        cabinet = self._parts.cabinet
        names = cabinet.put_many(
            [each.sealed() for each in fresh] + [each.sealed() for each in features],
        )
        for number, person in enumerate(fresh):
            roll.people[person.id] = Entry(
                record=names[number],
                features=names[len(fresh) + number],
                tag=tag_of(self._parts.name_key, checked_name(person.name)),
                expires=person.expires,
            )
        known = dict(zip(names[len(fresh) :], features, strict=True))
        self._index(roll, known)
        self._adopt(roll)
        self._note("enrolled_many", count=len(fresh))
        return len(fresh)

    def update(self, person: Person, features: Features | None = None) -> None:
        """Replace the record of a person, and her features where they changed. Raises UsageError."""
        entry = self._entry(person)
        if features is not None and person.withdrawn:
            raise UsageError(WITHDRAWN)
        tag = tag_of(self._parts.name_key, checked_name(person.name))
        if tag != entry.tag and self.knows(person.name):
            raise UsageError(f"Somebody is enrolled as {person.name!r} already. Choose another name.")
        self._commit(person, features, action="changed")

    def withdraw(self, person: Person) -> Person:
        """End her consent: what she was found by is destroyed at once, and that she had consented stays on record.

        Raises UsageError where it was ended before.
        """
        entry = self._entry(person)
        if person.withdrawn:
            raise UsageError("The consent was withdrawn already.")
        consent = person.consent.model_copy(update={"withdrawn_at": stamp(self._clock())})
        changed = person.model_copy(update={"consent": consent, "materials": ()})
        record = self._parts.cabinet.put([changed.sealed()])
        roll = self._copied()
        roll.people[person.id] = entry.model_copy(
            update={"record": record, "features": None, "indexed": False, "stale": False}
        )
        self._drop_from_index(roll, [entry])
        self._adopt(roll)
        self._note("withdrawn", person.id)
        return changed

    def forget(self, *people: Person) -> None:
        """Destroy all that is kept of them. There is no way back."""
        roll = self._copied()
        entries = [self._entry(person) for person in people]
        for person in people:
            roll.people.pop(person.id, None)
        self._drop_from_index(roll, entries)
        self._adopt(roll)
        for person in people:
            self._note("forgotten", person.id)

    def note(self, action: str, *, person: str | None = None, count: int | None = None) -> None:
        """Add to the events, before something leaves the store.

        Raises:
            StorageError: it cannot be noted; then it must not leave.
        """
        self._parts.events.append(Event(at=stamp(self._clock()), action=action, person=person, count=count))

    def faults(self) -> list[str]:
        """Read everything; a sentence for each thing that is not what was written."""
        return self.faults_with(self.shelf.check())

    def clear_away(self) -> None:
        """Shred what an interrupted command left. Raises TamperedError where objects are missing."""
        counted = self._roll.counted()
        there = self._parts.cabinet.names()
        if missing := counted - there:
            raise TamperedError(
                f"{len(missing)} sealed files of {self._parts.layout.root} are gone. Put the whole folder back from a "
                "backup."
            )
        self._parts.cabinet.sweep(counted)

    def _commit(self, person: Person, features: Features | None, *, action: str) -> None:
        before = self._roll.people.get(person.id)
        record = self._parts.cabinet.put([person.sealed()])
        kept, indexed, stale = (
            (before.features, before.indexed, before.stale) if before else (None, False, False)
        )
        if features is not None:
            kept, indexed, stale = self._parts.cabinet.put([features.sealed()]), False, indexed or stale
        roll = self._copied()
        roll.people[person.id] = Entry(
            record=record,
            features=kept,
            tag=tag_of(self._parts.name_key, person.name),
            expires=person.expires,
            indexed=indexed,
            stale=stale,
        )
        loose = sum(not entry.indexed for entry in roll.people.values() if entry.features)
        if loose > max(_LOOSE, _LOOSE_SHARE * len(roll.people)):
            self._index(roll, {})
        self._adopt(roll)
        self._note(action, person.id)

    def _index(self, roll: Roll, known: Mapping[str, Features]) -> None:
        """Write a new index of all, with the features that are `known` or read."""
        live = [entry.features for entry in roll.people.values() if entry.features and entry.indexed]
        loose = [entry.features for entry in roll.people.values() if entry.features and not entry.indexed]
        base = Columns.read(self._object(roll.index)).only(live) if roll.index else Columns.none()
        fresh = Columns.of((name, known.get(name) or Features.read(self._object(name))) for name in loose)
        roll.index = self._parts.cabinet.put(base.joined(fresh).chunks())
        for person, entry in roll.people.items():
            if entry.features:
                roll.people[person] = entry.model_copy(update={"indexed": True, "stale": False})

    def _drop_from_index(self, roll: Roll, entries: Iterable[Entry]) -> None:
        """Nothing of people who are forgotten may stay in the index."""
        if roll.index is None or not any(entry.in_index for entry in entries):
            return
        live = [each.features for each in roll.people.values() if each.features and each.indexed]
        roll.index = self._parts.cabinet.put(Columns.read(self._object(roll.index)).only(live).chunks())

    def _adopt(self, roll: Roll) -> None:
        """Let `roll` count, then shred what it does not name."""
        before = self._roll
        self._parts.roll.write(roll)
        self._roll = roll
        for name in before.counted() - roll.counted():
            self._parts.cabinet.shred(name)

    def _copied(self) -> Roll:
        copied = {"people": dict(self._roll.people), "lists": dict(self._roll.lists)}
        return self._roll.model_copy(update=copied)

    def _note(self, action: str, person: str | None = None, count: int | None = None) -> None:
        try:
            self.note(action, person=person, count=count)
        except StorageError as error:
            # What was done is done; a full disk must not make it look undone.
            LOGGER.warning("the event %s was not noted: %s", action, error)
