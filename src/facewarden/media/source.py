"""The file itself: opened once, found to be a regular file of bearable size, hashed as it is read."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facewarden.media.limits import Limits
from facewarden.media.refusal import Refusal

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """An open regular file.

    Attributes:
        path: as the caller gave it.
        descriptor: open for reading; the decoding process reads from this very descriptor, so that nobody
            can exchange the file in between. Its offset belongs to that process; here we
            read by position.
        size_bytes: length when it was opened.
    """

    path: Path
    descriptor: int
    size_bytes: int

    def head(self) -> bytes:
        """Return the first bytes, enough to recognise the container."""
        return self._read_at(0, HEAD_BYTES)

    def sha256(self) -> str:
        """Return the lower-case hex digest of the whole file; reads it once."""
        digest = hashlib.sha256()
        offset = 0
        while offset < self.size_bytes and (
            chunk := self._read_at(offset, min(CHUNK_BYTES, self.size_bytes - offset))
        ):
            digest.update(chunk)
            offset += len(chunk)
        return digest.hexdigest()

    def _read_at(self, offset: int, count: int) -> bytes:
        try:
            if hasattr(os, "pread"):
                return os.pread(self.descriptor, count, offset)
            os.lseek(self.descriptor, offset, os.SEEK_SET)
            return os.read(self.descriptor, count)
        except OSError as error:
            raise Refusal("not_readable") from error


@contextlib.contextmanager
def open_source(path: Path, limits: Limits) -> Iterator[Source]:
    """Open `path` for reading; raises Refusal when it is no regular file, unreadable, empty or too long."""
    descriptor = _open_regular(path)
    try:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes == 0:
            raise Refusal("empty")
        if size_bytes > limits.max_bytes:
            raise Refusal("too_many_bytes")
        yield Source(path, descriptor, size_bytes)
    finally:
        os.close(descriptor)


def _open_regular(path: Path) -> int:
    try:
        # Looked at before it is opened: opening alone can block (FIFO) or act (devices).
        if not stat.S_ISREG(path.stat().st_mode):
            raise Refusal("not_a_file")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refusal("not_found") from error
    except ValueError as error:  # a zero byte in the name
        raise Refusal("not_found") from error
    except OSError as error:
        raise Refusal("not_found" if error.errno == errno.ENAMETOOLONG else "not_readable") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refusal("not_a_file")
    return descriptor
