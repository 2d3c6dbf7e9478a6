"""The door of the vault's commands: their options, who acts, how the vault is opened, and how they speak."""

from __future__ import annotations

import functools
import getpass
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.sealed.keys import MasterKey
    from facewarden.vault.vault import Vault

ACTOR = "FACEWARDEN_ACTOR"

FILE = click.Path(dir_okay=False, path_type=Path)
ANY = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])

folder_option = click.option(
    "--vault",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the vault.  [default: $FACEWARDEN_VAULT, or facewarden/vault in your folder for data]",
)
passphrase_option = click.option(
    "--passphrase-file", type=FILE, help="File whose first line is the passphrase."
)
actor_option = click.option(
    "--actor", help="Who does this, for the log.  [default: $FACEWARDEN_ACTOR, or your user name]"
)
reason_option = click.option("--reason", required=True, help="Why, for the log.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def at_work(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that opens a vault."""

    @folder_option
    @passphrase_option
    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        command(**options)

    return wrapped


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
    from facewarden.cli.passphrase import passphrase
    from facewarden.sealed.key_file import open_key
    from facewarden.sealed.key_ring import SystemKeyRing
    from facewarden.vault.layout import Layout

    return open_key(Layout(place).key, passphrase=lambda: passphrase(passphrase_file), ring=SystemKeyRing())


def who(actor: str | None) -> str:
    if actor or (actor := os.environ.get(ACTOR)):
        return actor
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError(f"Say who does this, with --actor or ${ACTOR}.") from error


def say_path(path: Path) -> None:
    say({}, str(path), as_json=False)


def say(fields: dict[str, Any], text: str, *, as_json: bool) -> None:
    from facewarden.cli.streams import StandardOutput

    # Names of files may hold bytes that are no text, which JSON escapes.
    line = json.dumps(fields) if as_json else "\n".join(safe(each) for each in text.split("\n"))
    StandardOutput(language="en").write(line + "\n")


def safe(text: object) -> str:
    from facewarden.report.wording import visible

    return visible(str(text))
