"""Signed records: one line of canonical JSON, ``{"content":{...},"signature":"..."}``.

The signature is Ed25519 (RFC 8032) over the canonical JSON of the content, in base64. It stands last and in one form,
so that a shell can take both apart (``sed``) and `openssl` can check it. The content names its ``kind``: a signature of
one kind of record is none of another's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from facewarden.errors import TamperedError
from facewarden.sealed.canonical import canonical, parsed


class Reader:
    """Checks records with a public key."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self._public_key = public_key

    def opened(self, line: bytes, kind: str) -> dict[str, Any]:
        """The content of the record `line` (without line break).

        Raises:
            TamperedError: it is no record of this `kind` that the holder of the key signed.
        """
        content, signature = _parts(line, kind)
        try:
            self._public_key.verify(signature, canonical(content))
        except InvalidSignature as error:
            raise TamperedError("It was changed after it was signed, or another key signed it.") from error
        return content

    def pem(self) -> bytes:
        """The public key as ``openssl`` reads it."""
        return self._public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def raw(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public_key.public_bytes_raw()

    def fingerprint(self) -> str:
        """SHA-256 of the public key in DER, as ``openssl pkey -pubin -outform DER | sha256sum`` prints it."""
        return hashlib.sha256(
            self._public_key.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).hexdigest()


class Signer(Reader):
    """Signs records, and checks them."""

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 bytes: the seed of RFC 8032."""
        self._private_key = Ed25519PrivateKey.from_private_bytes(secret)
        super().__init__(self._private_key.public_key())

    def signed(self, kind: str, content: Mapping[str, Any]) -> bytes:
        """The record of `content`, a line without its break; the same content always gives the same line."""
        body = {**content, "kind": kind}
        signature = base64.b64encode(self._private_key.sign(canonical(body))).decode()
        return canonical({"content": body, "signature": signature})


def reader_of(raw: bytes) -> Reader:
    """Checks records with the 32 bytes of a public key. Raises ValueError where they are none."""
    return Reader(Ed25519PublicKey.from_public_bytes(raw))


def content_of(line: bytes, kind: str) -> dict[str, Any]:
    """The content of the record `line`, for who knows from elsewhere that it is genuine: no signature is checked.

    Raises:
        TamperedError: it is no record of this `kind`.
    """
    return _parts(line, kind)[0]


def _parts(line: bytes, kind: str) -> tuple[dict[str, Any], bytes]:
    """Content and signature of a record in its one form."""
    try:
        record = parsed(line)
        content, written = record["content"], record["signature"]
        signature = base64.b64decode(written, validate=True)
        # The last character of base64 has bits that do not count.
        if len(record) != 2 or content["kind"] != kind or base64.b64encode(signature).decode() != written:
            raise ValueError("it has another form")
    except (ValueError, LookupError, TypeError) as error:
        raise TamperedError(f"It is no signed record of the kind {kind}.") from error
    return dict(content), signature
