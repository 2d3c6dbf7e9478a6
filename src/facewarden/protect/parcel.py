"""People on their way from one store to another: a file of its own passphrase.

The first line is a wrapped key (`sealed.key_file`), the rest a sealed stream of JSON lines, a person each, with her
consent and her features. Whoever has the file and its passphrase has what the store has of these people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from facewarden.errors import TamperedError, UsageError
from facewarden.protect.person import Features, Person
from facewarden.sealed.key_file import Cost, open_line, wrapped_line
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.new import new_file
from facewarden.sealed.shredding import fill
from facewarden.sealed.stream import unsealed

_CONTEXT = b"facewarden people parcel 1"
_PURPOSE = "people parcel"
_LONGEST_HEAD = 1 << 14
_MOST_LINE = 64 << 20


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person: Person
    features: Features


def write_parcel(
    path: Path,
    people: Iterable[tuple[Person, Features]],
    passphrase: str,
    *,
    cost: Cost | None = None,
    noted: Callable[[], None] | None = None,
) -> None:
    """Write the new file `path`.

    Args:
        noted: called when the file is whole, before it appears.

    Raises:
        UsageError: something is there already, or the passphrase is too short.
        StorageError: it cannot be written or `noted`; then nothing is left of it.
    """
    key = MasterKey.new()
    head = wrapped_line(key, passphrase, cost=cost)
    lines = (
        _Line(person=person, features=features).model_dump_json().encode() + b"\n"
        for person, features in people
    )
    with new_file(path, taken=f"{path} is there already; it stays as it is. Name another file.") as file:
        file.write(head)
        fill(file, lines, key.subkey(_PURPOSE), context=_CONTEXT)
        if noted is not None:
            noted()


def read_parcel(path: Path, passphrase: Callable[[], str]) -> list[tuple[Person, Features]]:
    """The people in a parcel, only if all of it is authentic.

    Raises:
        WrongPassphraseError: as far as can be told.
        TamperedError: it is no parcel, was altered, or cut short.
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD)
            key = open_line(head, path, passphrase).subkey(_PURPOSE)
            return [_person(line, path) for line in _lines(file, key, path)]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error


def _lines(file: BinaryIO, key: bytes, path: Path) -> Iterator[bytes]:
    rest = b""
    try:
        for chunk in unsealed(file, key, context=_CONTEXT):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > _MOST_LINE:
                raise TamperedError("A line is too long.")
    except TamperedError as error:
        raise TamperedError(f"{path}: {error} Get the file once more.") from error
    if rest:
        raise TamperedError(f"{path} ends within a line. Get the file once more.")


def _person(line: bytes, path: Path) -> tuple[Person, Features]:
    try:
        found = _Line.model_validate_json(line)
    except ValidationError:
        raise TamperedError(f"{path} holds no people that this version can read.") from None
    # What comes from elsewhere is looked at now, not when somebody is matched with it.
    found.features.check()
    return found.person, found.features
