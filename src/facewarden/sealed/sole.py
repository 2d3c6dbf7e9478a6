"""One process at a time in a folder: two that write there would overwrite each other's work unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from facewarden.errors import UsageError

LOCK = ".lock"


@contextmanager
def alone(folder: Path, *, wait_s: float = 0.0, name: str = LOCK) -> Iterator[None]:
    """Keep other processes that ask for the same out of `folder` while the block runs.

    A process that dies, however it dies, leaves the folder free.

    Args:
        wait_s: how long to wait for another process to leave.
        name: of the lock; those who ask for different ones do not keep each other out.

    Raises:
        UsageError: another process is at work there, or the folder cannot be written.
    """
    lock = filelock.FileLock(folder / name, timeout=wait_s)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise UsageError(
            f"Another process is at work in {folder}. Wait until it is done, or name another folder."
        ) from error
    except OSError as error:
        raise UsageError(
            f"{folder} could not be written: {error.strerror or error}. Make it writable or name another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
