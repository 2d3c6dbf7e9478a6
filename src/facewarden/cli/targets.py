"""From what was named on the command line to the files that are checked, and to what cannot be."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import MediaError
from facewarden.media.names import PROMISING
from facewarden.media.sniff import CLIPS, PICTURES, container_of
from facewarden.messages import say

STDIN = "-"
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to be checked.

    Attributes:
        path: as named or found; ``-`` is standard input.
        error: why it cannot be checked, where that is known already.
    """

    path: str
    error: MediaError | None = None

    @property
    def is_stdin(self) -> bool:
        return self.path == STDIN


def find_targets(arguments: Sequence[str]) -> list[Target]:
    """The files behind `arguments` (files, folders, patterns, ``-``), each once, folders sorted by name.

    In folders (searched to any depth, hidden ones too; links to folders are not followed) a file counts by its
    content; one whose name promises a picture or a video, or that may not be read, counts as well.
    """
    found: dict[str, Target] = {}
    for argument in arguments:
        for target in _behind(argument):
            key = STDIN if target.is_stdin else os.path.realpath(target.path.replace("\0", "\ufffd"))
            found.setdefault(key, target)
    return list(found.values())


def _behind(argument: str) -> Iterator[Target]:
    if argument in ("", STDIN):
        yield Target(argument, None if argument else _error("not_found"))
    elif os.path.isdir(argument):  # noqa: PTH112 - Path.is_dir raises for names that are too long
        yield from _inside(argument)
    elif glob.has_magic(argument) and not os.path.lexists(argument):
        matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - a pattern may be absolute
        if not matches:
            yield Target(argument, _error("not_found"))
        for match in matches:
            yield from _inside(match) if Path(match).is_dir() else [Target(match)]
    else:
        yield Target(argument)


def _inside(folder: str) -> Iterator[Target]:
    empty = True
    for target in _walk(folder):
        empty = False
        yield target
    if empty:
        yield Target(folder, _error("no_media"))


def _walk(folder: str) -> Iterator[Target]:
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            yield Target(here, _error("folder_not_readable"))
            continue
        folders = []
        for entry in ordered:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif _counts(Path(entry.path)):
                yield Target(entry.path)
        pending += reversed(folders)


def _counts(path: Path) -> bool:
    # Hidden helpers of other systems bear the name of the picture that they belong to ("._photo.jpg").
    promising = path.suffix.lower() in PROMISING and not path.name.startswith(".")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb", buffering=0) as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return promising
    except OSError:
        return True
    return promising or container_of(head) in PICTURES | CLIPS


def _error(reason: str) -> MediaError:
    return MediaError(say(f"error.{reason}"), reason=reason)
