"""Places outside the vault: where files are taken from and given back to.

Names beside a place, while something moves, begin with a dot and name the case, so that whoever opens the vault next
knows them again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from facewarden.errors import StorageError, UsageError
from facewarden.vault.objects import READ_BYTES

Role = Literal["original", "stub", "arriving"]


@dataclass(frozen=True, slots=True)
class Open:
    """A regular file with one name, open for reading.

    Attributes:
        path: absolute, its folder without symbolic links.
        found: its status when it was opened.
    """

    path: Path
    descriptor: int
    found: os.stat_result

    def read(self, count: int, /) -> bytes:
        """The next bytes, none at the end. Raises UsageError."""
        try:
            return os.read(self.descriptor, count)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror or error}.") from error

    def same(self) -> bool:
        """Whether the file was not written to since, as far as its status tells."""
        now = os.fstat(self.descriptor)
        return (now.st_size, now.st_mtime_ns) == (self.found.st_size, self.found.st_mtime_ns)


def settled(path: Path) -> Path:
    """`path`, absolute, with its folder's symbolic links followed and its own not. Raises UsageError."""
    try:
        folder = path.absolute().parent.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"The folder of {path} is not there. Check the path.") from error
    if path.name in ("", ".."):
        raise UsageError(f"{path} is no file.")
    return folder / path.name


@contextmanager
def opened(path: Path) -> Iterator[Open]:
    """Open the file to be taken.

    Raises:
        UsageError: it is none, is a symbolic link, has several names, or cannot be read.
    """
    place = settled(path)
    try:
        _refuse(path, place.lstat())
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    try:
        found = os.fstat(descriptor)
        _refuse(path, found)
        yield Open(place, descriptor, found)
    finally:
        os.close(descriptor)


def beside(place: Path, case: str, vault: str, role: Role) -> Path:
    """The name beside `place` for something of `case` that moves."""
    return place.with_name(f".{case}.{vault[:8]}.{role}.part")


def holds(path: Path, sha256: str, size: int) -> bool:
    """Whether `path` is a regular file with this content.

    Raises:
        StorageError: that cannot be told, as its folder is not there or it cannot be read.
    """
    try:
        if not path.parent.is_dir():
            raise StorageError(
                f"{path.parent} is not there. Mount or restore it, then run the command again."
            )
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            return False
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            digest = hashlib.sha256()
            while data := file.read(READ_BYTES):
                digest.update(data)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}. Allow reading it.") from error
    return digest.hexdigest() == sha256


def spelled(path: Path) -> str:
    """`path` as text that JSON can hold, whatever its bytes; `path_of` reads it."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "bytes:" + os.fsencode(path).hex()
    return text


def path_of(text: str) -> Path:
    """The path behind what `spelled` wrote."""
    # A settled path begins with a slash, so no name can be taken for the other form.
    return Path(os.fsdecode(bytes.fromhex(text[6:])) if text.startswith("bytes:") else text)


def _refuse(path: Path, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise UsageError(f"{path} is a symbolic link. Name the file that it leads to.")
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is a folder. Name the files in it.")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{path} is no regular file.")
    if found.st_nlink != 1:
        raise UsageError(
            f"{path} has {found.st_nlink} names (hard links): under the others it would stay where it is. Delete those "
            "first."
        )
