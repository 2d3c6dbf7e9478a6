"""Writes that survive: a file appears whole or not at all, and what was acknowledged is on the disk.

A file is written beside its place, synchronised, renamed, and its folder is synchronised. Names of unfinished files
begin with a dot and end with ``.part``: whoever holds the folder alone may remove them.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.errors import StorageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PART = ".part"

_NEXT_STEPS = {
    errno.ENOSPC: "Make room, then run the command again.",
    errno.EDQUOT: "Make room, then run the command again.",
    errno.EFBIG: "Make room or raise the limit on the size of files, then run the command again.",
    errno.EROFS: "Make the place writable or choose another one.",
    errno.EACCES: "Allow this user to use it, or choose another place.",
    errno.EPERM: "Allow this user to use it, or choose another place.",
    errno.ENOENT: "Check that the folder is there, then run the command again.",
    errno.ENOTDIR: "Check that the folder is there, then run the command again.",
}
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS})


class Draft:
    """A new file that is being written; nothing of it counts before `settle`."""

    def __init__(self, path: Path, *, mode: int = 0o600) -> None:
        """Create `path`, which must not exist. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.path = path
        self._descriptor = os.open(path, flags, mode)

    def stream(self) -> io.RawIOBase:
        """A file object on it, for those who write through one; closing it leaves the draft open."""
        return _Stream(self._descriptor)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write all of `data`. Raises OSError."""
        return write_all(self._descriptor, data)

    def settle(self) -> None:
        """Synchronise. Raises OSError, as a disk may only then say that it is full."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class _Stream(io.RawIOBase):
    """Writes at once and all of it: a buffer would be written after `settle`, and zipfile overlooks a short write."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        return write_all(self._descriptor, memoryview(data).cast("B"))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return os.lseek(self._descriptor, offset, whence)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> int:
    """Write every byte of `data`, however many calls that takes. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
    return len(data)


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Turn the block's OSError into a StorageError that names `place` and the next step."""
    try:
        yield
    except OSError as error:
        step = _NEXT_STEPS.get(error.errno or 0, "Choose another place or repair this one.")
        raise StorageError(f"{place} could not be stored: {error.strerror or error}. {step}") from error


@contextmanager
def draft(path: Path, *, mode: int = 0o600) -> Iterator[Draft]:
    """An unfinished file at `path`, which must be free; it is synchronised when the block ends well.

    Whatever stops the block removes it. Raises StorageError.
    """
    with storing(path):
        file = Draft(path, mode=mode)
        try:
            yield file
            file.settle()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        finally:
            file.close()


def part_of(target: Path) -> Path:
    """A name beside `target` for what is not finished; each call gives another one."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}{PART}")


def write_whole(target: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` as `target`, in place of what lay there. On the disk when this returns. Raises StorageError."""
    with draft(part_of(target), mode=mode) as file:
        file.write(data)
    with storing(target):
        try:
            file.path.replace(target)
        except BaseException:
            with suppress(OSError):
                file.path.unlink()
            raise
        sync_folder(target.parent)


def place_new(part: Path, target: Path) -> None:
    """Give the finished file `part` the name `target`, which must be free; both lie in one file system.

    Where that was interrupted, and both names are there, the second call ends it.

    Raises:
        FileExistsError: something has the name already; `part` stays.
        OSError: it cannot be done; `part` stays.
    """
    try:
        # Not a rename: that would take the place of a file that appeared a moment ago.
        os.link(part, target, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samestat(part.lstat(), target.lstat()):
            raise
        part.unlink()
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # File systems without hard links (FAT): the name is looked at, then taken.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        part.rename(target)
    else:
        part.unlink()
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Delete the file `path` if it is there, durably. Raises OSError."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        # A read-only file system refuses before it looks whether there is anything to delete.
        if error.errno == errno.EROFS and not os.path.lexists(path):
            return
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Synchronise the names in `folder`. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)
