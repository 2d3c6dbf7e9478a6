"""The roll: which people there are, and which objects count. What it does not name does not exist.

Every change is committed by replacing this one file. An object that a crash left beside it, new or old, is shredded by
the next command that opens the store; one that it names and that is gone was taken away by somebody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.protect.cabinet import NAME
from facewarden.protect.sealed_record import read_record
from facewarden.sealed.shredding import seal_whole

LONGEST_LABEL = 100

_Name = Annotated[str, Field(pattern=NAME)]


class Entry(BaseModel):
    """One person.

    Attributes:
        record, features: names of her objects; no features once her consent is withdrawn.
        tag: keyed digest of her name, by which she is found without opening every record.
        expires: the day from which on she is not matched.
        indexed: whether the index holds these features.
        stale: whether it holds former ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record: _Name
    features: _Name | None
    tag: Annotated[str, Field(pattern=NAME)]
    expires: dt.date | None = None
    indexed: bool = False
    stale: bool = False

    @property
    def in_index(self) -> bool:
        return self.indexed or self.stale


class ListEntry(BaseModel):
    """One list of others' hashes.

    Attributes:
        content: name of the object that holds the hashes.
        label: by which people know it.
        added_at: UTC, ISO 8601.
        hashes: how many there are of each kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: _Name
    label: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
    added_at: str
    hashes: dict[str, int]

    @property
    def count(self) -> int:
        return sum(self.hashes.values())


class Roll(BaseModel):
    """All of them, by id; the name of the index; lists by id, and the name of what is ignored."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    people: dict[_Name, Entry] = {}
    index: _Name | None = None
    lists: dict[_Name, ListEntry] = {}
    ignored: _Name | None = None

    def looked_for(self, today: dt.date) -> frozenset[str]:
        """Ids of those who neither withdrew nor are expired."""
        return frozenset(
            person
            for person, entry in self.people.items()
            if entry.features is not None and (entry.expires is None or entry.expires > today)
        )

    def counted(self) -> set[str]:
        """The names of all objects that count."""
        named = {entry.record for entry in self.people.values()}
        named |= {entry.features for entry in self.people.values() if entry.features is not None}
        named |= {entry.content for entry in self.lists.values()}
        return named | {name for name in (self.index, self.ignored) if name is not None}


@dataclass(frozen=True, slots=True)
class RollFile:
    """Where the roll lies, and its key."""

    path: Path
    key: bytes
    store: str

    def read(self) -> Roll:
        """Raises TamperedError."""
        return read_record(Roll, self.path, self.key, context=self._context, put_back="the whole folder")

    def write(self, roll: Roll) -> None:
        """Raises StorageError; then the old one counts."""
        seal_whole(self.path, [roll.model_dump_json().encode()], self.key, context=self._context)

    def state(self) -> tuple[int, int]:
        """Changes whenever the roll is written."""
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0)
        return found.st_ino, found.st_mtime_ns

    @property
    def _context(self) -> bytes:
        return f"{self.store} roll".encode()


def tag_of(key: bytes, name: str) -> str:
    """The keyed digest of a name, whatever its letter case."""
    return hmac.new(key, name.casefold().encode(), hashlib.sha256).hexdigest()[:32]
