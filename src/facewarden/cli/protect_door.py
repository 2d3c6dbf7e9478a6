"""The door of the commands about people: their options, and how the store is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import key_in, passphrase_option

if TYPE_CHECKING:
    from facewarden.protect.store import PeopleStore
    from facewarden.sealed.keys import MasterKey

folder_option = click.option(
    "--people",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the store.  [default: $FACEWARDEN_PEOPLE, or facewarden/people in your folder for data]",
)


def at_work(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that opens a store."""
    return folder_option(passphrase_option(command))


@contextmanager
def opened(folder: Path | None, passphrase_file: Path | None) -> Iterator[PeopleStore]:
    """The store, for this command alone."""
    from facewarden.protect import store

    place, key = place_and_key(folder, passphrase_file)
    with store.opened(place, key) as found:
        yield found


def place_and_key(folder: Path | None, passphrase_file: Path | None) -> tuple[Path, MasterKey]:
    """Where the store lies, and its key. Raises UsageError, SealedError."""
    from facewarden.protect.cores import without_core_dumps
    from facewarden.protect.layout import Layout, default_folder
    from facewarden.protect.store import existing

    without_core_dumps()
    place = folder or default_folder()
    existing(place)
    return place, key_in(Layout(place).key, passphrase_file)
