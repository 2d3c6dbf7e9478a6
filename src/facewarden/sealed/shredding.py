"""Sealed files (`stream`) that are to be gone: their salt is overwritten before they are deleted.

Without its salt what a disk may keep of the rest of a sealed file is noise, even to who has the key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from facewarden.sealed.durable import Draft, draft, part_of, remove, storing, sync_folder
from facewarden.sealed.stream import HEADER_BYTES, Sealing


def shred(path: Path) -> None:
    """Make the sealed file unreadable for good and delete it, if it is there. Raises StorageError."""
    with storing(path):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _spoil(descriptor)
            finally:
                os.close(descriptor)
        remove(path)


def seal_whole(path: Path, chunks: Iterable[bytes], key: bytes, *, context: bytes) -> None:
    """Write `chunks` as the sealed file `path`, in place of the one that lay there, which is then spoilt.

    Raises StorageError; then the old one stays.
    """
    old = -1
    with storing(path), suppress(FileNotFoundError):
        old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with draft(part_of(path)) as file:
            fill(file, chunks, key, context=context)
        with storing(path):
            try:
                file.path.replace(path)
            except BaseException:
                with suppress(OSError):
                    file.path.unlink()
                raise
            sync_folder(path.parent)
            if old >= 0:
                _spoil(old)
    finally:
        if old >= 0:
            os.close(old)


def fill(file: Draft, chunks: Iterable[bytes], key: bytes, *, context: bytes) -> None:
    """Write `chunks` into `file`, sealed."""
    sealing = Sealing(file, key, context=context)
    for chunk in chunks:
        sealing.write(chunk)
    sealing.finish()


def _spoil(descriptor: int) -> None:
    os.pwrite(descriptor, secrets.token_bytes(HEADER_BYTES), 0)
    os.fsync(descriptor)
