"""The master key: 256 random bits, from which a key for each purpose is derived."""

from __future__ import annotations

import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class MasterKey:
    """Holds the key and never shows it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 bytes."""
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a master key must have {KEY_BYTES} bytes, but has {len(secret)}")
        self._secret = secret

    @classmethod
    def new(cls) -> MasterKey:
        """A key that nobody has yet."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for `purpose`, such as ``vault objects``; those of one purpose tell nothing of another's."""
        return HKDF(SHA256(), KEY_BYTES, None, f"facewarden 1 {purpose}".encode()).derive(self._secret)

    def secret(self) -> bytes:
        """The key itself, for those who wrap it."""
        return self._secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MasterKey) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        raise TypeError("a key belongs in no table")

    def __repr__(self) -> str:
        return "MasterKey(...)"
