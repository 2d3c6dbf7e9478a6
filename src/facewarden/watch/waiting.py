"""What waits for a person: the list that a watch writes, and beside it what people said they have seen to.

The list is never rewritten. What a person has seen to stands in a file of its own, with a digest of each line of the
list that it is about: a line that comes later waits again, whatever it is about.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.acting.lines import Lines
from facewarden.errors import UsageError
from facewarden.sealed.sole import alone
from facewarden.watch.session import DATABASE, LIST

SEEN_TO = "seen_to.jsonl"
UNREADABLE = "unreadable"
LONGEST_NOTE = 2000
_LOCK = ".seen_to.lock"
_WAIT_S = 10.0
_LONGEST_LINE = 1 << 20
_SHORTEST_ID = 4
_KEY = re.compile("[0-9a-f]{64}")

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SeenTo(BaseModel):
    """One line of what was seen to.

    Attributes:
        id: of the entry.
        lines: SHA-256 of each line of the list that was seen to.
        at: UTC, ISO 8601.
        actor: who says so.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["seen_to"] = "seen_to"
    id: _Digest
    lines: tuple[_Digest, ...]
    at: str
    actor: str
    note: str = ""


@dataclass(slots=True)
class Entry:
    """All lines of the list about one file and decision, or one line that is none of a watch's.

    Attributes:
        id: 64 hex digits, that stay the same.
        kinds: ``held``, ``escalated``, ``failed``, ``aside``, or `UNREADABLE`; as often as they stand there.
        records: the lines that can be read; what stands in them is not checked.
        lines: SHA-256 of each line.
        seen_to: what people said of it, oldest first.
        waiting: whether there is a line that nobody has seen to.
    """

    id: str
    kinds: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    seen_to: list[SeenTo] = field(default_factory=list)
    waiting: bool = True


def people_of(record: Mapping[str, Any]) -> list[str]:
    """Whom a line says to have been recognised, as it stands there: ids, of former versions names."""
    said = record.get("people")
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def place_of(path: Path) -> Path:
    """The list that `path` is, or that lies in the folder `path`. Raises UsageError where no watch left one."""
    place = path / LIST if path.is_dir() else path
    if not place.is_file() and not (place.name == LIST and (place.parent / DATABASE).is_file()):
        raise UsageError(f"No watch has left a list at {place}. Name the list, or the folder of --state.")
    return place


def entries_of(place: Path) -> list[Entry]:
    """All entries of the list `place`, oldest first. Raises UsageError where it cannot be read."""
    entries: dict[str, Entry] = {}
    for digest, record in _read(place):
        key = _key_of(record)
        entry = entries.setdefault(key or digest, Entry(key or digest))
        kind = record.get("kind") if key and record is not None else None
        entry.kinds.append(kind if isinstance(kind, str) else UNREADABLE)
        entry.lines.append(digest)
        if record is not None:
            entry.records.append(record)
    seen: set[str] = set()
    for each in _seen_to(place):
        seen.update(each.lines)
        if each.id in entries:
            entries[each.id].seen_to.append(each)
    for entry in entries.values():
        entry.waiting = not seen.issuperset(entry.lines)
    return list(entries.values())


def see_to(
    place: Path,
    ids: Iterable[str],
    *,
    actor: str,
    note: str = "",
    clock: Callable[[], dt.datetime] | None = None,
) -> list[Entry]:
    """Write down that somebody has seen to entries, named by the first digits of their ids; all, or none is found.

    Raises:
        UsageError: nothing waits under one of the ids, or more than one entry does.
        StorageError: it cannot be written; what was written before counts.
    """
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"A note has at most {LONGEST_NOTE} characters.")
    with alone(place.parent, name=_LOCK, wait_s=_WAIT_S):
        waiting = [entry for entry in entries_of(place) if entry.waiting]
        found = {entry.id: entry for entry in (_named(name, waiting) for name in ids)}
        at = (clock() if clock is not None else dt.datetime.now(dt.UTC)).isoformat(timespec="milliseconds")
        lines = Lines(place.with_name(SEEN_TO))
        for entry in found.values():
            said = SeenTo(id=entry.id, lines=tuple(entry.lines), at=at, actor=actor, note=note)
            lines.append(said.model_dump())
    return list(found.values())


def _key_of(record: dict[str, Any] | None) -> str | None:
    """What a watch calls the file and the decision; None where the line is none of a watch's."""
    key = record.get("key") if record is not None else None
    return key if isinstance(key, str) and _KEY.fullmatch(key) else None


def _named(name: str, waiting: list[Entry]) -> Entry:
    found = [entry for entry in waiting if len(name) >= _SHORTEST_ID and entry.id.startswith(name.lower())]
    if len(found) > 1:
        raise UsageError(f"{len(found)} entries begin with {name}. Give more of its digits.")
    if not found:
        raise UsageError(f"Nothing waits under {name!r}. See: facewarden waiting.")
    return found[0]


def _read(place: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The digest of each line, and what it says where it can be read; without one that is not finished yet."""
    try:
        with place.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                digest = hashlib.sha256(line)
                whole = line
                while not whole.endswith(b"\n") and (whole := file.readline(_LONGEST_LINE)):
                    digest.update(whole)
                if whole.endswith(b"\n"):
                    yield digest.hexdigest(), _record(line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror or error}.") from error


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _seen_to(place: Path) -> Iterator[SeenTo]:
    for _, record in _read(place.with_name(SEEN_TO)):
        try:
            yield SeenTo.model_validate(record)
        except ValidationError:
            # Strange lines say nothing; what they are about waits on.
            continue
