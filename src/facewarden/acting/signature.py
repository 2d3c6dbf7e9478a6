"""Signed messages, as in Standard Webhooks (standardwebhooks.com): receivers find libraries in many languages.

The signature binds the identity of the message, the second of its sending and its body; a receiver refuses what is
older than a few minutes, or known already.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from facewarden.errors import UsageError

_PREFIX = "whsec_"
_LEAST_BYTES = 24


def signature_headers(secret: bytes, *, message: str, time_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a message."""
    signed = hmac.digest(secret, f"{message}.{time_s}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(time_s),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def secret_of(text: str) -> bytes:
    """The bytes behind ``whsec_`` and base64, of which there must be 24 or more. Raises UsageError."""
    try:
        secret = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < _LEAST_BYTES or not text.strip().startswith(_PREFIX):
        raise UsageError(
            f"A webhook's secret is {_PREFIX} and at least {_LEAST_BYTES} random bytes in base64. Make one with: "
            f"echo {_PREFIX}$(openssl rand -base64 32)"
        )
    return secret
