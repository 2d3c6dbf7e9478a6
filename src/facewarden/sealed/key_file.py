"""The file of a master key: wrapped by a passphrase, or a note that the system's key ring keeps it.

Format 1 is one line of canonical JSON: ``{"body": .., "checksum": SHA-256 of the body}``. The body of a wrapped key::

    {"check": 32 hex digits, "format": 1, "kdf": {"iterations": .., "lanes": .., "memory_kib": .., "name": "argon2id",
     "salt": 64 hex digits}, "kind": "facewarden.key", "wrapped": hex digits}

Argon2id turns the passphrase (NFC, UTF-8) into a key; HKDF makes of it the `check` and the key of AES-256-GCM that
wraps the master key, with format, kdf and kind authenticated. The body of one in the key ring has ``"ring": name``
instead of ``kdf`` and ``wrapped``, and its `check` is derived from the master key.

What can be told apart: a file whose checksum is wrong was altered or damaged. Where the checksum is right and the
`check` is wrong, the passphrase is. Where the `check` is right and the wrapped key does not open, the file was altered
by somebody who renewed the checksum. Whoever renews it after changing salt, costs or `check` makes the right passphrase
look wrong: without it nobody can tell that from a wrong one. The key itself never comes out other than it was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import LostKeyError, TamperedError, UsageError, WrongPassphraseError
from facewarden.sealed.box import boxed, unboxed
from facewarden.sealed.canonical import canonical, parsed
from facewarden.sealed.durable import write_whole
from facewarden.sealed.key_ring import KeyRing
from facewarden.sealed.keys import KEY_BYTES, MasterKey
from facewarden.sealed.new import new_file

KIND = "facewarden.key"
SHORTEST_PASSPHRASE = 8
_MOST_BYTES = 1 << 14
_CHECK_BYTES = 16
_SALT_BYTES = 32

_HEX = r"^(?:[0-9a-f]{2})+$"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a guess of the passphrase costs (Argon2id, RFC 9106).

    Attributes:
        memory_kib: memory, in KiB.
        iterations: passes over it.
        lanes: parallelism.
    """

    memory_kib: int = 64 << 10
    iterations: int = 3
    lanes: int = 4


class _Kdf(BaseModel):
    # The upper limits keep a strange file from taking all memory or time.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Literal["argon2id"]
    memory_kib: Annotated[int, Field(ge=8, le=4 << 20)]
    iterations: Annotated[int, Field(ge=1, le=1000)]
    lanes: Annotated[int, Field(ge=1, le=64)]
    salt: Annotated[str, Field(pattern=_HEX, min_length=32, max_length=128)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1]
    kind: Literal["facewarden.key"]
    check: Annotated[str, Field(pattern=_HEX, min_length=32, max_length=32)]


class _Wrapped(_Body):
    kdf: _Kdf
    wrapped: Annotated[str, Field(pattern=_HEX, max_length=1024)]


class _InRing(_Body):
    ring: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def wrap_new(path: Path, key: MasterKey, passphrase: str, *, cost: Cost | None = None) -> None:
    """Write `key`, wrapped by `passphrase`, as the new file `path`.

    Raises:
        UsageError: the passphrase is too short, or something is there already.
        StorageError: the file cannot be written.
    """
    _place(path, _wrapped(key, _long_enough(passphrase), cost or Cost()))


def wrap_again(path: Path, key: MasterKey, passphrase: str, *, cost: Cost | None = None) -> None:
    """Wrap `key` by another passphrase; `path` holds the old or the new one at any moment. Raises as `wrap_new`."""
    write_whole(path, _line(_wrapped(key, _long_enough(passphrase), cost or Cost())))


def relock(path: Path, key: MasterKey, passphrase: str, *, ring: KeyRing, cost: Cost | None = None) -> None:
    """Let `passphrase` open `key` from now on, wherever it was kept before; a key ring forgets it last.

    Raises:
        UsageError: the passphrase is too short, or the ring keeps an entry that nothing needs any more.
        StorageError: the file cannot be written; then all is as before.
    """
    before = _read(path)
    wrap_again(path, key, passphrase, cost=cost)
    if isinstance(before, _InRing):
        ring.forget(before.ring)


def put_in_ring(path: Path, key: MasterKey, ring: KeyRing) -> None:
    """Give `key` to the key ring and write the note of it as the new file `path`.

    Raises:
        UsageError: something is there already, or the ring cannot be used.
        StorageError: the file cannot be written; then the ring keeps nothing.
    """
    name = secrets.token_hex(16)
    body = {"check": _ring_check(key), "format": 1, "kind": KIND, "ring": name}
    ring.put(name, key.secret().hex())
    try:
        _place(path, body)
    except BaseException:
        with suppress(UsageError):
            ring.forget(name)
        raise


def open_key(
    path: Path, *, passphrase: Callable[[], str] | None = None, ring: KeyRing | None = None
) -> MasterKey:
    """The key behind `path`.

    Args:
        passphrase: asked once, and only where the key is wrapped by one.
        ring: asked only where the key lies there.

    Raises:
        LostKeyError: there is no such file, or no such entry in the key ring.
        TamperedError: the file, or the entry, was altered.
        WrongPassphraseError: as far as can be told (see above).
        UsageError: a passphrase or a key ring is needed and none was given, or the file cannot be read.
    """
    body = _read(path)
    if isinstance(body, _InRing):
        if ring is None:
            raise UsageError(f"The key of {path} lies in the system's key ring; allow its use.")
        return _from_ring(path, body, ring)
    if passphrase is None:
        raise UsageError(f"The key {path} is wrapped by a passphrase; give it.")
    return _unwrapped(path, body, passphrase())


def wrapped_line(key: MasterKey, passphrase: str, *, cost: Cost | None = None) -> bytes:
    """What `wrap_new` writes, for those who put it at the head of a file of theirs. Raises UsageError."""
    return _line(_wrapped(key, _long_enough(passphrase), cost or Cost()))


def open_line(line: bytes, path: Path, passphrase: Callable[[], str]) -> MasterKey:
    """The key behind a line of `wrapped_line` that stands in the file `path`. Raises as `open_key`."""
    body = _parsed(line, path)
    if isinstance(body, _InRing):
        raise _tampered(path)
    return _unwrapped(path, body, passphrase())


def in_ring(path: Path) -> bool:
    """Whether the key ring keeps the key, so that no passphrase is needed. Raises as `open_key`."""
    return isinstance(_read(path), _InRing)


def forget_in_ring(path: Path, ring: KeyRing) -> None:
    """Delete the key from the ring: what it sealed is lost for good. Raises as `open_key`."""
    body = _read(path)
    if isinstance(body, _InRing):
        ring.forget(body.ring)


def _wrapped(key: MasterKey, passphrase: str, cost: Cost) -> dict[str, Any]:
    kdf = {**asdict(cost), "name": "argon2id", "salt": secrets.token_hex(_SALT_BYTES)}
    head = {"format": 1, "kdf": kdf, "kind": KIND}
    check, wrapping = _derived(passphrase, _Kdf.model_validate(kdf))
    wrapped = boxed(wrapping, key.secret(), context=canonical(head))
    return head | {"check": check, "wrapped": wrapped.hex()}


def _unwrapped(path: Path, body: _Wrapped, passphrase: str) -> MasterKey:
    check, wrapping = _derived(passphrase, body.kdf)
    if not hmac.compare_digest(check, body.check):
        raise WrongPassphraseError(f"The passphrase does not open {path}. Try again; letter case counts.")
    head = body.model_dump(include={"format", "kdf", "kind"})
    try:
        secret = unboxed(wrapping, bytes.fromhex(body.wrapped), context=canonical(head))
    except TamperedError as error:
        raise _tampered(path) from error
    if len(secret) != KEY_BYTES:
        raise _tampered(path)
    return MasterKey(secret)


def _derived(passphrase: str, kdf: _Kdf) -> tuple[str, bytes]:
    """The check value and the wrapping key."""
    try:
        long = Argon2id(
            salt=bytes.fromhex(kdf.salt),
            length=KEY_BYTES,
            iterations=kdf.iterations,
            lanes=kdf.lanes,
            memory_cost=kdf.memory_kib,
        ).derive(unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape"))
    except (ValueError, MemoryError) as error:
        raise UsageError(
            f"The passphrase cannot be tried with {kdf.memory_kib} KiB of memory on this machine: {error}."
        ) from error
    check = HKDF(SHA256(), _CHECK_BYTES, None, b"facewarden key check").derive(long)
    return check.hex(), HKDF(SHA256(), KEY_BYTES, None, b"facewarden key wrapping").derive(long)


def _ring_check(key: MasterKey) -> str:
    return key.subkey("key ring check")[:_CHECK_BYTES].hex()


def _from_ring(path: Path, body: _InRing, ring: KeyRing) -> MasterKey:
    kept = ring.get(body.ring)
    if kept is None:
        raise LostKeyError(
            f"The key ring has no key for {path}. Log in as the user who made it, or restore the key ring's backup; "
            "without it nothing that was sealed can be read."
        )
    try:
        key = MasterKey(bytes.fromhex(kept))
    except ValueError as error:
        raise _tampered(path) from error
    if not hmac.compare_digest(_ring_check(key), body.check):
        raise _tampered(path)
    return key


def _read(path: Path) -> _Wrapped | _InRing:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LostKeyError(
            f"The key {path} is gone. Put it back from a backup; without it nothing that was sealed can be read."
        ) from error
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read: {error.strerror or error}.") from error
    return _parsed(data, path)


def _parsed(data: bytes, path: Path) -> _Wrapped | _InRing:
    try:
        content = parsed(data.removesuffix(b"\n"))
        body, checksum = content["body"], content["checksum"]
        if len(content) != 2 or not data.endswith(b"\n") or _checksum(body) != checksum:
            raise _tampered(path)
        return _InRing.model_validate(body) if "ring" in body else _Wrapped.model_validate(body)
    except (ValueError, LookupError, TypeError, ValidationError) as error:
        raise _tampered(path) from error


def _tampered(path: Path) -> TamperedError:
    return TamperedError(f"The key {path} was altered or is damaged. Put it back from a backup.")


def _line(body: Mapping[str, Any]) -> bytes:
    return canonical({"body": body, "checksum": _checksum(body)}) + b"\n"


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


def _place(path: Path, body: dict[str, Any]) -> None:
    with new_file(path, taken=f"There is a key at {path} already; it stays as it is.") as file:
        file.write(_line(body))


def _long_enough(passphrase: str) -> str:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError(
            f"A passphrase needs at least {SHORTEST_PASSPHRASE} characters; several words are easy to remember."
        )
    return passphrase
