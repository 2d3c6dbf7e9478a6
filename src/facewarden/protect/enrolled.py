"""Who is enrolled: what an open store says of its people."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from facewarden.errors import TamperedError, UsageError
from facewarden.protect.allowance import Allowance
from facewarden.protect.columns import Columns
from facewarden.protect.events import Event
from facewarden.protect.parts import Clock, Parts
from facewarden.protect.person import Features, Person, checked_name
from facewarden.protect.roll import Entry, tag_of


class Enrolled:
    """The people of a store, read and never changed."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        self._parts, self._clock = parts, clock
        self._roll = parts.roll.read()

    def __len__(self) -> int:
        return len(self._roll.people)

    @property
    def today(self) -> dt.date:
        return self._clock().astimezone(dt.UTC).date()

    @property
    def allowance(self) -> Allowance:
        """How many lookups are left now. Raises TamperedError."""
        return self._parts.allowance.read().now(self._clock().timestamp())

    def events(self) -> Iterator[Event]:
        """What was done, oldest first. Raises TamperedError."""
        return self._parts.events.read()

    def people(self) -> Iterator[Person]:
        """Everybody, in no order, each read when it is asked for. Raises TamperedError."""
        return (self._person(entry) for entry in self._roll.people.values())

    def find(self, who: str) -> Person:
        """The person of this name or id. Raises UsageError where there is none."""
        found = self._named(who)
        if found is None and who in self._roll.people:
            found = who
        if found is None:
            raise UsageError(f"Nobody is enrolled as {who!r}. See: facewarden protect list.")
        return self._person(self._roll.people[found])

    def knows(self, name: str) -> bool:
        """Whether somebody has this name."""
        return self._named(name) is not None

    def features(self, person: Person) -> Features:
        """By what she is found; empty once her consent is withdrawn. Raises TamperedError."""
        name = self._entry(person).features
        return Features() if name is None else Features.read(self._object(name))

    def due(self) -> list[Person]:
        """Those who are to be forgotten: their consent was withdrawn, or their day has come."""
        today = self.today
        return [person for person in self.people() if person.withdrawn or person.expired(today)]

    def faults_with(self, further: Iterable[Callable[[], object]]) -> list[str]:
        """Read everything, and call what is `further` to be read; a sentence for each thing that was altered."""
        found = []
        checks: list[Callable[[], object]] = [
            lambda: self.allowance,
            lambda: list(self.events()),
            *further,
        ]
        for entry in self._roll.people.values():
            checks.append(functools.partial(self._person, entry))
            if entry.features:
                checks.append(functools.partial(self._checked_features, entry.features))
        if self._roll.index is not None:
            index = self._roll.index
            checks.append(lambda: Columns.read(self._object(index)))
        for check in checks:
            try:
                check()
            except TamperedError as error:
                found.append(str(error))
        return found

    def _checked_features(self, name: str) -> None:
        Features.read(self._object(name)).check()

    def _named(self, name: str) -> str | None:
        with suppress(UsageError):
            tag = tag_of(self._parts.name_key, checked_name(name))
            return next((id_ for id_, entry in self._roll.people.items() if entry.tag == tag), None)
        return None

    def _entry(self, person: Person) -> Entry:
        entry = self._roll.people.get(person.id)
        if entry is None:
            raise UsageError("This person is not enrolled any more.")
        return entry

    def _person(self, entry: Entry) -> Person:
        return Person.read(self._object(entry.record))

    def _object(self, name: str) -> bytes:
        try:
            return self._parts.cabinet.get(name)
        except KeyError:
            raise TamperedError(
                f"A sealed file of {self._parts.layout.root} is gone. Put the whole folder back from a backup."
            ) from None
