"""What is waiting: a file in a watched folder, or an address from a feed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Stage(StrEnum):
    """How far an item has come."""

    WAITING = "waiting"
    CLAIMED = "claimed"  # it is being checked
    DECIDED = "decided"  # what is to be done is written down, and is being done
    DONE = "done"
    ASIDE = "aside"  # given up, for a person to see


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the queue.

    Attributes:
        number: in the state.
        mark: `mark_of` a file, or `mark_of_address`: two items with one mark are the same.
        place: path or address; empty when it is not kept any more.
        source: where it comes from, as rules see it.
        tries: how often it was begun in vain.
        matter, sha256: what was decided, as JSON, and of what content.
        restless: whether it has waited too long to wait until it stands still.
    """

    number: int
    mark: str
    place: str
    source: str
    stage: Stage
    tries: int
    sha256: str = ""
    matter: str = ""
    restless: bool = False

    @property
    def fetched(self) -> bool:
        """Whether it is an address."""
        return self.mark.startswith("address:")


def mark_of(found: os.stat_result) -> str:
    """What tells a file from all others, and from itself when it was written to: the system keeps the last part."""
    parts = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return "file:" + ":".join(map(str, parts))


def origin_of(found: os.stat_result) -> str:
    """What tells a file from all others that are there, whatever is written to it; see `Looked.origin`, too."""
    return f"{found.st_dev}:{found.st_ino}"


def mark_of_address(url: str) -> str:
    """The mark of an address; it does not tell the address."""
    return "address:" + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Folder:
    """A watched folder.

    Attributes:
        root: absolute.
        name: what its files' `source` begins with.
    """

    root: Path
    name: str

    def source_of(self, path: Path) -> str:
        """``name`` or ``name/inner/folder``, for a file in it."""
        inner = path.parent.relative_to(self.root).as_posix()
        return self.name if inner == "." else f"{self.name}/{inner}"
