"""What a store keeps beside people: lists of others' hashes, and the pictures that never count as a copy."""

from __future__ import annotations

import functools
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from facewarden.errors import TamperedError, UsageError
from facewarden.protect.cabinet import Cabinet
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import MOST_IGNORED, Hashed, Ignored, IgnoredPicture
from facewarden.protect.roll import LONGEST_LABEL, ListEntry, Roll

MOST_LISTS = 100


@dataclass(frozen=True, slots=True)
class Shelf:
    """Of an open store; each change is durable when its method returns, and each that fails changes nothing.

    Attributes:
        roll: gives a copy of the roll as it is now.
        adopt: lets a changed roll count.
        note: adds to the events an action and how many it was about.
        now: UTC, ISO 8601.
    """

    cabinet: Cabinet
    roll: Callable[[], Roll]
    adopt: Callable[[Roll], None]
    note: Callable[[str, int], None]
    now: Callable[[], str]

    def lists(self) -> list[ListEntry]:
        """All lists, by label."""
        return sorted(self.roll().lists.values(), key=lambda entry: entry.label.casefold())

    def content(self, entry: ListEntry) -> HashList:
        """The hashes. Raises TamperedError."""
        return HashList.read(self._object(entry.content))

    def refuse_taken(self, label: str) -> None:
        """Raise UsageError where there is a list of this label, or it cannot be one."""
        if self._named(self.roll(), checked_label(label)) is not None:
            raise UsageError(
                f"There is a list named {label!r} already. Choose another label, or take its place with --replace."
            )

    def keep(self, label: str, hashes: HashList, *, replace: bool = False) -> ListEntry:
        """Keep a list. With `replace` it takes the place of one of this label, if there is one.

        Raises:
            UsageError: the label is taken or none, there are no hashes, or too many lists.
        """
        label = checked_label(label)
        if not len(hashes):
            raise UsageError("The list holds no hash that could be looked for.")
        if not replace:
            self.refuse_taken(label)
        roll = self.roll()
        place = self._named(roll, label) or secrets.token_hex(16)
        if place not in roll.lists and len(roll.lists) >= MOST_LISTS:
            raise UsageError(f"There are {MOST_LISTS} lists already. Forget one first.")
        name = self.cabinet.put(hashes.chunks())
        entry = ListEntry(content=name, label=label, added_at=self.now(), hashes=hashes.counts())
        roll.lists[place] = entry
        self.adopt(roll)
        self.note("list_imported", len(hashes))
        return entry

    def forget(self, labels: Iterable[str]) -> list[ListEntry]:
        """Destroy lists. Raises UsageError where there is none of a label; then all stay."""
        roll = self.roll()
        places = list(dict.fromkeys(self._found(roll, label) for label in labels))
        gone = [roll.lists.pop(place) for place in places]
        self.adopt(roll)
        for entry in gone:
            self.note("list_forgotten", entry.count)
        return gone

    def find(self, label: str) -> ListEntry:
        """Raises UsageError where there is no list of this label."""
        roll = self.roll()
        return roll.lists[self._found(roll, label)]

    def ignored(self) -> Ignored:
        """The pictures that never count. Raises TamperedError."""
        name = self.roll().ignored
        return Ignored() if name is None else Ignored.read(self._object(name))

    def ignore(self, pictures: Sequence[Hashed]) -> list[int]:
        """Let pictures never count again; returns their numbers. Raises UsageError where there are too many."""
        before = self.ignored()
        if len(before.pictures) + len(pictures) > MOST_IGNORED:
            raise UsageError(f"At most {MOST_IGNORED} pictures can be ignored. Forget some first.")
        now, first = self.now(), before.next_number
        fresh = [
            IgnoredPicture(
                number=number,
                added_at=now,
                sha256=each.sha256,
                hashes=tuple((pdq.hex, pdq.quality) for pdq in each.hashes),
            )
            for number, each in enumerate(pictures, start=first)
        ]
        self._put(Ignored(next_number=first + len(fresh), pictures=(*before.pictures, *fresh)))
        self.note("ignored", len(fresh))
        return [each.number for each in fresh]

    def count_again(self, numbers: Iterable[int]) -> list[int]:
        """Let pictures count again and destroy their hashes. Raises UsageError where there is none of a number."""
        before, wanted = self.ignored(), list(dict.fromkeys(numbers))
        if missing := set(wanted) - {each.number for each in before.pictures}:
            raise UsageError(
                f"No picture of the number {min(missing)} is ignored. See: facewarden protect ignore list."
            )
        left = tuple(each for each in before.pictures if each.number not in wanted)
        self._put(before.model_copy(update={"pictures": left}))
        self.note("counted_again", len(wanted))
        return wanted

    def check(self) -> list[Callable[[], object]]:
        """What reads everything, each a call that raises TamperedError where it is not what was written."""
        return [self.ignored, *(functools.partial(self.content, entry) for entry in self.lists())]

    def _put(self, ignored: Ignored) -> None:
        roll = self.roll()
        roll.ignored = self.cabinet.put([ignored.sealed()])
        self.adopt(roll)

    def _named(self, roll: Roll, label: str) -> str | None:
        return next(
            (place for place, entry in roll.lists.items() if entry.label.casefold() == label.casefold()), None
        )

    def _found(self, roll: Roll, label: str) -> str:
        place = self._named(roll, " ".join(unicodedata.normalize("NFC", label).split()))
        if place is None:
            raise UsageError(f"There is no list named {label!r}. See: facewarden protect hashes list.")
        return place

    def _object(self, name: str) -> bytes:
        try:
            return self.cabinet.get(name)
        except KeyError:
            raise TamperedError(
                "A sealed file of the store is gone. Put the whole folder back from a backup."
            ) from None


def checked_label(label: str) -> str:
    """The label in its one form (NFC, single spaces). Raises UsageError where it cannot be one."""
    plain = " ".join(unicodedata.normalize("NFC", label).split())
    if not 0 < len(plain) <= LONGEST_LABEL or not plain.isprintable():
        raise UsageError(f"A label has 1 to {LONGEST_LABEL} printable characters.")
    return plain
