"""An entry of the custody log, and the chain that ties it to those before.

A line is a signed record (`sealed.signing`) of the kind ``facewarden.custody.entry``, whose content is::

    action    such as quarantine.begun
    actor     who says to have done it
    at        UTC, such as 2026-11-26T12:05:06.123Z; never before that of the entry before
    behind_ms only where the clock had gone back: by how many milliseconds it was behind the entry before
    case      such as FW-2026-000123, or null
    details   what anybody may know who reads the log
    previous  the chain up to here, 64 hex digits
    private   null, or {"digest": .., "sealed": ..}: what only the holder of the master key may know
    seq       1, 2, 3 ...

The chain begins with 64 zeros and goes on with ``SHA-256(chain + SHA-256(line))``, both written as hex digits, the line
without its break. So an extract may leave out other cases' lines and keep their digests, and still be followed to the
end. ``private.sealed`` is a box (`sealed.box`, in base64) of a JSON object with a random salt, ``private.digest`` the
SHA-256 of that object: it can be shown to whom it concerns, and compared with what was signed, without any key.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.box import boxed, unboxed
from facewarden.sealed.canonical import canonical, parsed
from facewarden.sealed.signing import Reader, Signer, content_of

ENTRY = "facewarden.custody.entry"
GENESIS = "0" * 64
CASE_NUMBER = re.compile(r"FW-[0-9]{4}-[0-9]{6}")

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Private(BaseModel):
    """What an entry keeps to the holder of the master key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    digest: _Digest
    sealed: str


class Content(BaseModel):
    """What an entry says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z]+$")]
    actor: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
    behind_ms: Annotated[int, Field(ge=1)] | None = None
    case: Annotated[str, Field(pattern=rf"^{CASE_NUMBER.pattern}$")] | None
    details: dict[str, Any]
    kind: Literal["facewarden.custody.entry"] = "facewarden.custody.entry"
    previous: _Digest
    private: Private | None
    seq: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, with its line and its place in the chain.

    Attributes:
        line: as it stands in the log, without the break.
        digest: SHA-256 of the line.
        chain: the chain up to this entry and with it.
    """

    content: Content
    line: bytes
    digest: str
    chain: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What shall be entered: an action with what may be known of it, and what may not."""

    action: str
    actor: str
    case: str | None = None
    details: Mapping[str, Any] | None = None
    private: Mapping[str, Any] | None = None


def written(deed: Deed, *, now: dt.datetime, before: Entry | None, signer: Signer, key: bytes) -> Entry:
    """The entry of `deed` that follows `before`.

    Args:
        now: what the clock says, with its zone. Where that is earlier than the entry before, the entry bears the time
            of that one and says how far the clock was behind.
        key: 32 bytes for what is private.
    """
    seq = before.content.seq + 1 if before else 1
    previous = before.chain if before else GENESIS
    at = stamp(now)
    content: dict[str, Any] = {
        "action": deed.action,
        "actor": deed.actor,
        "at": at,
        "case": deed.case,
        "details": dict(deed.details or {}),
        "previous": previous,
        "private": None,
        "seq": seq,
    }
    if before and at < before.content.at:
        content["at"] = before.content.at
        content["behind_ms"] = (moment(before.content.at) - moment(at)) // dt.timedelta(milliseconds=1)
    if deed.private is not None:
        plain = canonical({**deed.private, "salt": secrets.token_hex(16)})
        sealed = boxed(key, plain, context=_context(seq, previous))
        content["private"] = {
            "digest": hashlib.sha256(plain).hexdigest(),
            "sealed": base64.b64encode(sealed).decode(),
        }
    return _placed(signer.signed(ENTRY, content), previous, Content.model_validate(content))


def read(line: bytes, reader: Reader | None) -> Entry:
    """The entry in `line`; its signature is checked where there is a `reader`. Raises TamperedError."""
    content = reader.opened(line, ENTRY) if reader else content_of(line, ENTRY)
    try:
        found = Content.model_validate(content)
    except ValidationError as error:
        raise TamperedError("It is no entry of a custody log.") from error
    return _placed(line, found.previous, found)


def unveiled(entry: Entry, key: bytes) -> bytes | None:
    """The JSON object of what is private in `entry`, salt included; None where nothing is. Raises TamperedError."""
    private = entry.content.private
    if private is None:
        return None
    try:
        sealed = base64.b64decode(private.sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TamperedError(f"What is private in entry {entry.content.seq} was altered.") from error
    plain = unboxed(key, sealed, context=_context(entry.content.seq, entry.content.previous))
    if hashlib.sha256(plain).hexdigest() != private.digest:
        raise TamperedError(f"What is private in entry {entry.content.seq} was altered.")
    return plain


def private_of(entry: Entry, key: bytes) -> dict[str, Any]:
    """What is private in `entry`, as an object; an empty one where nothing is. Raises TamperedError."""
    plain = unveiled(entry, key)
    try:
        return parsed(plain) if plain is not None else {}
    except ValueError as error:
        raise TamperedError(f"What is private in entry {entry.content.seq} is no object.") from error


def linked(chain: str, digest: str) -> str:
    """The chain after a line with this digest."""
    return hashlib.sha256((chain + digest).encode()).hexdigest()


def digest_of(line: bytes) -> str:
    """The SHA-256 of a line without its break."""
    return hashlib.sha256(line).hexdigest()


def stamp(time: dt.datetime) -> str:
    """UTC with milliseconds."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at: str) -> dt.datetime:
    """The time behind what `stamp` wrote. Raises ValueError."""
    return dt.datetime.fromisoformat(at)


def _context(seq: int, previous: str) -> bytes:
    return f"custody entry {seq} after {previous}".encode()


def _placed(line: bytes, previous: str, content: Content) -> Entry:
    digest = digest_of(line)
    return Entry(content, line, digest, linked(previous, digest))
