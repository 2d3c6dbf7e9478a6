"""Whose face may be put into other pictures: a record for each source photo, tied to its very bytes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from facewarden.errors import UsageError

SUFFIX = ".consent.json"
_SHIPPED = Path(__file__).with_name("consents.json")
_MOST_BYTES = 1 << 20

_EXAMPLE = (
    '{"photo_sha256": "...", "person": "...", "basis": "consent", "granted_by": "...", '
    '"granted_on": "2026-01-31", "purpose": "testing detectors"}'
)


class Consent(BaseModel):
    """One record.

    Attributes:
        photo_sha256: of the file of the source photo; another file, even of the same person, needs its own.
        person: who is shown, "synthetic" for nobody.
        basis: the person's ``consent``, a picture in the ``public_domain``, or a ``synthetic`` face.
        granted_by, granted_on: who says so, and when.
        purpose: what for.
        expires_on: not valid after that day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    person: str = Field(min_length=1)
    basis: Literal["consent", "public_domain", "synthetic"]
    granted_by: str = Field(min_length=1)
    granted_on: dt.date
    purpose: str = Field(min_length=1)
    expires_on: dt.date | None = None


def consent_for(
    photo: Path, sha256: str, *, named: Path | None = None, today: dt.date | None = None
) -> Consent:
    """Return the record that covers the file `photo` with the digest `sha256`.

    Looked for in `named`, else beside the photo (``<photo>.consent.json``), else among those that ship with the lab
    for portraits in the public domain.

    Raises:
        UsageError: there is none, it is for another file, not yet or no longer valid, or cannot be read.
    """
    beside = photo.with_name(photo.name + SUFFIX)
    if named is not None or beside.exists():
        record = _read(named or beside)
        if record.photo_sha256 != sha256:
            raise UsageError(f"The consent in {named or beside} is for another file than {photo.name}.")
    else:
        found = next((one for one in shipped() if one.photo_sha256 == sha256), None)
        if found is None:
            raise UsageError(
                f"There is no record of consent for the face in {photo.name}. Ask the person, then write "
                f"{beside.name} beside the photo: {_EXAMPLE}. The SHA-256 of this photo is {sha256}."
            )
        record = found
    day = today or dt.date.today()
    if record.granted_on > day:
        raise UsageError(f"The consent for {photo.name} begins on {record.granted_on} only.")
    if record.expires_on is not None and record.expires_on < day:
        raise UsageError(f"The consent for {photo.name} has expired on {record.expires_on}; ask again.")
    return record


@cache
def shipped() -> tuple[Consent, ...]:
    """The records for portraits in the public domain that scientific packages carry."""
    return tuple(TypeAdapter(list[Consent]).validate_json(_SHIPPED.read_bytes()))


def _read(path: Path) -> Consent:
    try:
        with path.open("rb") as file:
            return Consent.model_validate_json(file.read(_MOST_BYTES))
    except OSError as error:
        raise UsageError(
            f"The record of consent {path} cannot be read: {error.strerror or error}."
        ) from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise UsageError(
            f"{path} is no record of consent: {place}: {fault['msg']}. It looks like this: {_EXAMPLE}"
        ) from error
