"""Signatures of records: Ed25519 (RFC 8032) over the record's canonical JSON.

The key is the person's own, made when it is first needed. A signature says that a record was not changed since the
holder of a key signed it; whose key that is, no file can say: compare its fingerprint.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from facewarden import places
from facewarden.errors import UsageError
from facewarden.sealed.canonical import canonical

ALGORITHM = "Ed25519"
_NAME = "record-key.pem"


def own_key_path() -> Path:
    """Where the key lies by default: in the user's folder for settings (XDG)."""
    return places.settings(_NAME)


def signing_key(path: Path | None = None) -> Ed25519PrivateKey:
    """Read the key at `path`, or the person's own, which is made where there is none yet.

    Raises:
        UsageError: the file is missing, none of a key, or open to other people.
    """
    if path is not None:
        return _read(path)
    own = own_key_path()
    if not own.exists():
        _make(own)
    return _read(own)


def own_fingerprint() -> str | None:
    """The fingerprint of the person's own key, None where there is none."""
    try:
        return fingerprint(_read(own_key_path()).public_key())
    except UsageError:
        return None


def fingerprint(key: Ed25519PublicKey) -> str:
    """16 hex digits that tell keys apart: the beginning of the SHA-256 of the raw public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(content: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, str]:
    """The signature of a JSON object: ``algorithm``, ``public_key`` and ``value`` (both hexadecimal)."""
    return {
        "algorithm": ALGORITHM,
        "public_key": key.public_key().public_bytes_raw().hex(),
        "value": key.sign(canonical(content)).hex(),
    }


def check(content: Mapping[str, Any], signature: object) -> str:
    """Compare `signature` with the JSON object and return the fingerprint of its key.

    Raises:
        UsageError: it is no signature of ours, or that of other content.
    """
    if not isinstance(signature, dict) or signature.get("algorithm") != ALGORITHM:
        raise UsageError(f"it is not signed with {ALGORITHM}")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature["public_key"]))
        key.verify(bytes.fromhex(signature["value"]), canonical(content))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("its signature cannot be read") from error
    except InvalidSignature as error:
        raise UsageError("it was changed after it was signed") from error
    return fingerprint(key)


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise UsageError(f"The key {path} is open to others; close it first: chmod 600 {path}")
            content = file.read(1 << 16)
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read: {error.strerror or error}.") from error
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is not a private key in PEM without a passphrase.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            f"{path} must hold an {ALGORITHM} key; make one with: openssl genpkey -algorithm ed25519"
        )
    return key


def _make(path: Path) -> None:
    encoded = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(encoded)
            # A link, not a rename: of two processes that come first at once, one key stays.
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"The key {path} cannot be made: {error.strerror or error}. Name one of your own with --key."
        ) from error
