"""A few bytes, sealed: AES-256-GCM with a random nonce of 96 bits before the ciphertext."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.errors import TamperedError

_NONCE_BYTES = 12


def boxed(key: bytes, content: bytes, *, context: bytes) -> bytes:
    """Seal `content` under the 32 bytes of `key`; only the same `context` opens it again."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context)


def unboxed(key: bytes, box: bytes, *, context: bytes) -> bytes:
    """What `boxed` sealed. Raises TamperedError for another key, another context or other bytes."""
    try:
        return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise TamperedError("A sealed record was altered, or belongs elsewhere.") from error
