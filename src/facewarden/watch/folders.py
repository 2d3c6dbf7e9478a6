"""Going through the watched folders, lazily: however many files there are, one folder's listing is open at a time for
each depth, and nothing is kept."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.watch.item import Folder

log = logging.getLogger(__name__)

_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A regular file that lies in a watched folder."""

    path: Path
    folder: Folder
    found: os.stat_result


def folders_of(paths: Sequence[Path]) -> tuple[Folder, ...]:
    """The folders behind `paths`, each with a name of its own.

    Raises:
        UsageError: one is no folder, lies in another one, or two have one name.
    """
    folders: list[Folder] = []
    for path in paths:
        try:
            root = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"{path} is not there. Name a folder that is.") from error
        if not root.is_dir():
            raise UsageError(f"{path} is no folder. Name the folder that new files come into.")
        for other in folders:
            if root == other.root or root in other.root.parents or other.root in root.parents:
                raise UsageError(f"{path} and {other.root} lie in each other. Name the outer one alone.")
        names = {folder.name for folder in folders}
        name = root.name or "root"
        folders.append(Folder(root, name if name not in names else f"{name}-{len(folders) + 1}"))
    return tuple(folders)


def walked(folders: Sequence[Folder], *, apart_from: Sequence[Path] = ()) -> Iterator[Seen | None]:
    """The files in `folders`, to any depth; links are not followed. None now and then, so that the caller can breathe.

    Args:
        apart_from: folders that are not entered, such as the vault.
    """
    barred = {path.resolve() for path in apart_from}
    for folder in folders:
        try:
            yield from _inside(folder, folder.root, barred, 0)
        except OSError as error:
            log.warning(
                "a watched folder cannot be read just now: %s", error.strerror or type(error).__name__
            )


def _inside(folder: Folder, here: Path, barred: set[Path], depth: int) -> Iterator[Seen | None]:
    yield None
    with os.scandir(here) as entries:
        for entry in entries:
            path = Path(entry.path)
            try:
                if entry.is_dir(follow_symlinks=False):
                    if path not in barred and depth < _DEEPEST:
                        yield from _inside(folder, path, barred, depth + 1)
                elif entry.is_file(follow_symlinks=False):
                    yield Seen(path, folder, entry.stat(follow_symlinks=False))
            except OSError as error:
                # A folder or a file that went away, or is not for us, does not end the scan.
                log.debug("passed over while scanning: %s", error.strerror)
