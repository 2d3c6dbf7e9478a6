"""Which files are looked at: by their content, or because their name promises a picture or a video."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.media.names import PROMISING
from facewarden.media.sniff import CLIPS, PICTURES, container_of
from facewarden.vault.stub import STUB
from facewarden.watch.birth import born_ns
from facewarden.watch.item import origin_of

_HEAD_BYTES = 4096
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Looked:
    """A regular file, read once.

    Attributes:
        found: its status when it was opened.
        counts: whether it is for us.
        sha256: of its content; of its head only where it does not count.
        born_ns: when it was made; None where the system does not tell.
    """

    found: os.stat_result
    counts: bool
    sha256: str
    born_ns: int | None = None

    @property
    def origin(self) -> str:
        """What tells the file from all others, those too to which its number is given again once it is deleted.

        Renaming it does not change this. Where the system does not tell when it was made, the time of the last change
        of its content stands in for that.
        """
        made = f"m{self.found.st_mtime_ns}" if self.born_ns is None else f"b{self.born_ns}"
        return f"{origin_of(self.found)}:{made}"


def looked_at(path: Path) -> Looked:
    """Open `path` and read it.

    Raises:
        FileNotFoundError: it is not there, or is no regular file (links are not followed).
        UsageError: it cannot be read.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise FileNotFoundError(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            found, born = os.fstat(descriptor), born_ns(descriptor)
            head = file.read(_HEAD_BYTES)
            digest = hashlib.sha256(head)
            counts = _counts(path, head)
            while counts and (data := file.read(_READ_BYTES)):
                digest.update(data)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"It cannot be read: {why}.", reason="not_readable") from error
    return Looked(found, counts, digest.hexdigest(), born)


def _counts(path: Path, head: bytes) -> bool:
    if container_of(head) in PICTURES | CLIPS:
        return True
    # Our stubs bear the name of the picture whose place they keep.
    stub = head.startswith(b'{"content":') and f'"kind":"{STUB}"'.encode() in head
    return path.suffix.lower() in PROMISING and not path.name.startswith(".") and not stub and len(head) > 0
