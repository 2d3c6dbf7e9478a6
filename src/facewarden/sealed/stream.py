"""Sealed files of any length: AES-256-GCM in chunks, in constant memory.

Format 1, all of it authenticated::

    8 bytes   b"FWSEAL1\\n"
    1 byte    n: a chunk holds 2**n bytes of the content (12 <= n <= 24)
    32 bytes  salt, random for each file
    chunks    ciphertext of 2**n bytes and a tag of 16; the last one is shorter or as long

The key of a file is derived by HKDF-SHA256 from the key that is given, the salt, and the first 9 bytes. Nonce number i
is i in 11 bytes, big-endian, and one byte that is 1 for the last chunk (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár). So chunks that were changed, exchanged, left out, repeated or added are all found, as is a file that
was cut short, even between two chunks. The content of an empty file is one empty chunk.

A chunk is handed out once it is authentic, before the later ones are known to be. Whoever must not act upon the
beginning of a file that was cut short reads it to its end first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from facewarden.errors import TamperedError

MAGIC = b"FWSEAL1\n"
CHUNK_BITS = 20
_CHUNK_BITS_RANGE = range(12, 25)
_SALT_BYTES = 32
_TAG_BYTES = 16
HEADER_BYTES = len(MAGIC) + 1 + _SALT_BYTES


class Sink(Protocol):
    """Where sealed bytes go; `write` takes all of them or raises OSError."""

    def write(self, data: bytes, /) -> int: ...


class Spring(Protocol):
    """Where sealed bytes come from; `read` returns fewer than `count` only at the end."""

    def read(self, count: int, /) -> bytes: ...


class Sealing:
    """Seals what is written to it; the sealed file is whole only after `finish`."""

    def __init__(self, sink: Sink, key: bytes, *, context: bytes = b"", chunk_bits: int = CHUNK_BITS) -> None:
        """Write the header. Only the same 32 bytes of `key` and the same `context` open the file again."""
        if chunk_bits not in _CHUNK_BITS_RANGE:
            raise ValueError(f"chunk_bits must be 12 to 24, but is {chunk_bits}")
        head, salt = MAGIC + bytes([chunk_bits]), secrets.token_bytes(_SALT_BYTES)
        self._sink, self._context = sink, context
        self._chunk_bytes = 1 << chunk_bits
        self._cipher = _cipher(key, head, salt)
        self._waiting = bytearray()
        self._number = 0
        sink.write(head + salt)

    def write(self, data: bytes) -> None:
        """Seal `data`, of any length."""
        self._waiting += data
        # One byte more than a chunk: only then is it known not to be the last one.
        while len(self._waiting) > self._chunk_bytes:
            self._emit(bytes(self._waiting[: self._chunk_bytes]), last=False)
            del self._waiting[: self._chunk_bytes]

    def finish(self) -> None:
        """Seal the last chunk. Nothing may be written afterwards."""
        self._emit(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _emit(self, chunk: bytes, *, last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, self._context))
        self._number += 1


def unsealed(spring: Spring, key: bytes, *, context: bytes = b"") -> Iterator[bytes]:
    """The content of a sealed file, chunk by chunk, each authentic.

    Raises:
        TamperedError: the file was altered, cut short or extended, or belongs to another key or context. Chunks that
            came before are what was sealed, but may not be all of it.
    """
    head, salt = spring.read(len(MAGIC) + 1), spring.read(_SALT_BYTES)
    if head[:-1] != MAGIC or len(salt) != _SALT_BYTES or head[-1] not in _CHUNK_BITS_RANGE:
        raise TamperedError("A sealed file does not begin as one: it was altered or cut short.")
    cipher = _cipher(key, head, salt)
    count = (1 << head[-1]) + _TAG_BYTES
    number, block = 0, spring.read(count)
    while True:
        following = spring.read(count) if len(block) == count else b""
        last = not following
        try:
            chunk = cipher.decrypt(_nonce(number, last=last), block, context)
        except (InvalidTag, ValueError) as error:
            raise TamperedError(
                f"A sealed file is not what was written: it was altered or cut short in chunk {number + 1}."
            ) from error
        yield chunk
        if last:
            return
        number, block = number + 1, following


def _cipher(key: bytes, head: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"facewarden sealed file\n" + head).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
