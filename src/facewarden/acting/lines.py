"""A file of JSON Lines that only grows: each line is on the disk when `append` returns, or is not there at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from facewarden.sealed.durable import storing, sync_folder, write_all

_BACK_BYTES = 1 << 20


class Lines:
    """Lines in the file `path`, which one process at a time writes. It may be moved away at any time (logrotate)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a line. Raises StorageError; then nothing was added."""
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with storing(self.path):
            new = not self.path.exists()
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            try:
                size = _whole_lines(descriptor)
                try:
                    write_all(descriptor, line)
                    os.fsync(descriptor)
                except OSError:
                    with suppress(OSError):
                        os.ftruncate(descriptor, size)
                    raise
            finally:
                os.close(descriptor)
            if new:
                sync_folder(self.path.parent)

    def mark(self) -> str:
        """Where the file ends now, for `since`."""
        try:
            found = self.path.stat()
        except OSError:
            return "0:0"
        return f"{found.st_ino}:{found.st_size}"

    def since(self, mark: str = "0:0") -> Iterator[dict[str, Any]]:
        """The lines that were added after `mark`; all of them where the file is another one by now."""
        inode, _, offset = mark.partition(":")
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                if str(found.st_ino) == inode and int(offset) <= found.st_size:
                    file.seek(int(offset))
                for line in file:
                    with suppress(ValueError):
                        record = json.loads(line) if line.endswith(b"\n") else None
                        if isinstance(record, dict):
                            yield record
        except FileNotFoundError:
            return

    def newest(self, most_bytes: int) -> Iterator[dict[str, Any]]:
        """The lines in the last `most_bytes`, oldest first; one that begins before them is left out."""
        inode, _, size = self.mark().partition(":")
        # Inside a line, what is left of it is no JSON object.
        return self.since(f"{inode}:{max(0, int(size) - most_bytes)}")


def _whole_lines(descriptor: int) -> int:
    """Cut off the half line that a crash left, and tell the size."""
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return size
    start = max(0, size - _BACK_BYTES)
    kept = start + os.pread(descriptor, size - start, start).rfind(b"\n") + 1
    if kept == start and start > 0:
        return size  # no line of ours is that long: it is not for us to cut
    os.ftruncate(descriptor, kept)
    return kept
