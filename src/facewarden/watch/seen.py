"""What a watch counted, for whoever looks; also while it is at work, as nothing is written."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facewarden.acting.lines import Lines
from facewarden.errors import StorageError, UsageError
from facewarden.policy.facts import Match
from facewarden.policy.spread import Sighting, Spread
from facewarden.report.model import Level
from facewarden.watch.session import DATABASE, JOURNAL
from facewarden.watch.state import FORMAT

_NEWEST_BYTES = 64 << 20
"""The journal's end, which the sightings of two days hardly outgrow."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One subject (`watch.subjects`), when and where it was seen, and SHA-256 of the files as far as known."""

    subject: str
    spread: Spread
    digests: frozenset[str] = frozenset()


@dataclass(slots=True)
class Recorded:
    """What the journal says of files of one content: the strictest level and match, and the vault's cases."""

    level: Level = Level.INCONCLUSIVE
    match: Match = Match.NONE
    cases: set[str] = field(default_factory=set)

    def add(self, other: Recorded) -> None:
        """What it says of other files."""
        self.level = max(self.level, other.level, key=lambda level: level.rank)
        self.match = max(self.match, other.match, key=lambda match: match.rank)
        self.cases |= other.cases


def seen_in(folder: Path, *, now_s: float, window_s: float) -> list[Seen]:
    """What was seen in the `window_s` seconds before `now_s`, of the watch whose state lies in `folder`.

    Raises:
        UsageError: no watch left a state there.
        StorageError: it cannot be read.
    """
    place = folder / DATABASE
    if not place.is_file():
        raise UsageError(f"No watch has left a state in {folder}. Name the folder of its --state.")
    sightings: dict[str, list[Sighting]] = defaultdict(list)
    digests: dict[str, set[str]] = defaultdict(set)
    with _reading(place) as connection:
        rows = connection.execute(
            "SELECT subject, time_s, sighting.source, COALESCE(sha256, '') FROM sighting "
            "LEFT JOIN item ON item.number = sighting.item WHERE time_s BETWEEN ? AND ?",
            (now_s - window_s, now_s),
        )
        for subject, time_s, source, sha256 in rows:
            sightings[subject].append(Sighting(time_s, source))
            digests[subject].update([sha256] if sha256 else [])
    return [
        Seen(subject, Spread(tuple(found), now_s=now_s), frozenset(digests[subject]))
        for subject, found in sightings.items()
    ]


def recorded_of(folder: Path, digests: AbstractSet[str]) -> dict[str, Recorded]:
    """What the end of the journal in `folder` says of files with these `digests`; nothing where it was moved away."""
    found: dict[str, Recorded] = {}
    for line in Lines(folder / JOURNAL).newest(_NEWEST_BYTES):
        sha256 = line.get("sha256")
        if line.get("kind") != "judged" or not isinstance(sha256, str) or sha256 not in digests:
            continue
        with suppress(ValueError):  # a line that another version wrote, or another hand
            told = Recorded(Level(str(line.get("level"))), Match(str(line.get("match"))), set(_cases(line)))
            found.setdefault(sha256, Recorded()).add(told)
    return found


def _cases(line: dict[str, Any]) -> Iterator[str]:
    performed = line.get("performed")
    for step in performed if isinstance(performed, list) else []:
        case = step.get("case") if isinstance(step, dict) else None
        if isinstance(case, str) and case:
            yield case


@contextmanager
def _reading(place: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != FORMAT:
                raise StorageError(
                    f"The state in {place} was not written by this version of facewarden. Use the one of its watch."
                )
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageError(f"The state in {place} could not be read: {error}.") from error
