"""The door of the vault's commands: their options, who acts, and how the vault is opened."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import key_in, passphrase_option
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.sealed.keys import MasterKey
    from facewarden.vault.vault import Vault

ACTOR = "FACEWARDEN_ACTOR"

folder_option = click.option(
    "--vault",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the vault.  [default: $FACEWARDEN_VAULT, or facewarden/vault in your folder for data]",
)
actor_option = click.option(
    "--actor", help="Who does this, for the log.  [default: $FACEWARDEN_ACTOR, or your user name]"
)
reason_option = click.option("--reason", required=True, help="Why, for the log.")


def at_work(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that opens a vault."""
    return folder_option(passphrase_option(command))


@contextmanager
def opened(
    folder: Path | None, passphrase_file: Path | None, *, key: MasterKey | None = None
) -> Iterator[Vault]:
    """Open the vault, with `key` where the caller has it already, and keep others out meanwhile."""
    from facewarden.vault import vault

    place = existing(folder)
    with vault.opened(place, key or key_of(place, passphrase_file)) as at_hand:
        yield at_hand


def existing(folder: Path | None) -> Path:
    from facewarden.vault import vault

    place = folder or vault.default_folder()
    vault.existing(place)
    return place


def key_of(place: Path, passphrase_file: Path | None) -> MasterKey:
    from facewarden.vault.layout import Layout

    return key_in(Layout(place).key, passphrase_file)


def who(actor: str | None) -> str:
    if actor or (actor := os.environ.get(ACTOR)):
        return actor
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError(f"Say who does this, with --actor or ${ACTOR}.") from error
