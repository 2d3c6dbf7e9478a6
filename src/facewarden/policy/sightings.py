"""Sightings as people write them, to try rules: ``2026-11-26T12:00Z,chat/class-1``, or a file of JSON Lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from facewarden.errors import UsageError
from facewarden.policy.spread import Sighting, Spread

MOST = 100_000
_MOST_LINE = 1 << 16


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    time: AwareDatetime
    source: str = ""
    person: str | None = None


class Sighted:
    """What was seen: copies of an item under None, and files that show people under their names."""

    def __init__(self) -> None:
        self._seen: dict[str | None, list[Sighting]] = {}

    def add(self, person: str | None, sighting: Sighting) -> None:
        self._seen.setdefault(person, []).append(sighting)

    def spread(self, person: str | None, now_s: float | None) -> Spread:
        """Up to `now_s`; where it is not given, up to the last that was seen of anything."""
        latest = max((each.time_s for seen in self._seen.values() for each in seen), default=None)
        return Spread(tuple(self._seen.get(person, ())), now_s=latest if now_s is None else now_s)


def moment_s(written: str) -> float:
    """Seconds since 1970 of a time with its zone. Raises UsageError."""
    try:
        found = dt.datetime.fromisoformat(written.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(f"{written!r} is no time with its zone. Write it as 2026-11-26T21:05+09:00.")
    return found.timestamp()


def sighting_of(written: str) -> Sighting:
    """The sighting that ``TIME`` or ``TIME,SOURCE`` says. Raises UsageError."""
    time, _, source = written.partition(",")
    return Sighting(moment_s(time), source)


def read_sightings(path: Path) -> Iterator[tuple[str | None, Sighting]]:
    """The sightings in a file, each line ``{"time": "2026-11-26T12:00Z", "source": "chat/class-1"}``.

    A line may say the ``person`` whom the file showed; without one it is about a copy.

    Raises:
        UsageError: it cannot be read, or a line is none; says which.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b""), 1):
                if number > MOST:
                    raise UsageError(f"{path} has more than {MOST:,} lines. Leave out the oldest.")
                if line.strip():
                    yield _sighting(line, f"Line {number} of {path}")
    except OSError as error:
        raise UsageError(f"The sightings {path} cannot be read: {error.strerror or error}.") from error


def _sighting(line: bytes, where: str) -> tuple[str | None, Sighting]:
    try:
        said = _Line.model_validate_json(line)
    except ValidationError as error:
        raise UsageError(
            f'{where} is no sighting. Write it as {{"time": "2026-11-26T12:00Z", "source": "chat/class-1"}}.'
        ) from error
    return said.person, Sighting(said.time.timestamp(), said.source)
