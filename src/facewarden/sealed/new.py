"""New files and folders: each appears whole where nothing was, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.sealed.durable import Draft, draft, part_of, place_new, storing, sync_folder


@contextmanager
def new_file(target: Path, *, taken: str) -> Iterator[Draft]:
    """A draft that becomes `target` when the block has ended well.

    Args:
        taken: what to say where something lies at `target`, which stays as it is.

    Raises:
        UsageError: something lies there.
        StorageError: it cannot be written.
    """
    # Said before the work, and once more by place_new where something came meanwhile.
    with storing(target):
        if os.path.lexists(target):
            raise UsageError(taken)
    with draft(part_of(target)) as file:
        yield file
    try:
        with storing(target):
            try:
                place_new(file.path, target)
            except FileExistsError as error:
                raise UsageError(taken) from error
    except BaseException:
        with suppress(OSError):
            file.path.unlink()
        raise


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `folder` when the block has ended well; one that is empty gives way to it.

    Raises:
        UsageError: there is something in `folder`.
        StorageError: it cannot be made.
    """
    refuse_occupied(folder)
    part = part_of(folder.absolute())
    with storing(folder):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
    try:
        yield part
        with storing(folder):
            part.rename(folder)
            sync_folder(part.parent)
    except BaseException:
        with suppress(OSError):
            shutil.rmtree(part)
        raise


def refuse_occupied(folder: Path) -> None:
    """Raises UsageError unless `folder` could be made: nothing is there, or an empty folder."""
    with storing(folder):
        if folder.is_symlink() or (
            os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir()))
        ):
            raise UsageError(f"There is something in {folder} already. Name a new or an empty folder.")
