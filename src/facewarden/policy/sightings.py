"""Sightings as people write them, to try rules: ``2026-11-26T12:00Z,chat/class-1``, or a file of JSON Lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from facewarden.errors import UsageError
from facewarden.policy.spread import Sighting

MOST = 100_000
_MOST_LINE = 1 << 16


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    time: AwareDatetime
    source: str = ""


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


def read_sightings(path: Path) -> Iterator[Sighting]:
    """The sightings in a file, each line ``{"time": "2026-11-26T12:00Z", "source": "chat/class-1"}``.

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


def _sighting(line: bytes, where: str) -> Sighting:
    try:
        said = _Line.model_validate_json(line)
    except ValidationError as error:
        raise UsageError(
            f'{where} is no sighting. Write it as {{"time": "2026-11-26T12:00Z", "source": "chat/class-1"}}.'
        ) from error
    return Sighting(said.time.timestamp(), said.source)
