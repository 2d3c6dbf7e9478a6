"""One process at a time in a folder: two trainings in one would overwrite each other's checkpoints unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from facewarden.errors import UsageError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for the same out of `folder` while the block runs.

    A process that dies, however it dies, leaves the folder free.

    Raises:
        UsageError: another process is at work there, or the folder cannot be written.
    """
    lock = filelock.FileLock(folder / ".lock", blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise UsageError(
            f"Another process is at work in {folder}. Wait until it is done, or name another folder."
        ) from error
    except OSError as error:
        raise UsageError(f"{folder} could not be written: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()
