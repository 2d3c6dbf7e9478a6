"""What the doors of vault and people have in common: options, the key, and how their commands speak and ask."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.sealed.keys import MasterKey

FILE = click.Path(dir_okay=False, path_type=Path)
ANY = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])

passphrase_option = click.option(
    "--passphrase-file", type=FILE, help="File whose first line is the passphrase."
)
key_ring_option = click.option(
    "--key-ring", is_flag=True, help="Keep the key in the system's key ring, without a passphrase."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def fresh_key(passphrase_file: Path | None, *, key_ring: bool) -> tuple[MasterKey, Callable[[Path], None]]:
    """A new key, and what writes its file. Raises UsageError where there is no passphrase to keep it by."""
    from facewarden.cli.passphrase import passphrase
    from facewarden.sealed.key_file import put_in_ring, wrap_new
    from facewarden.sealed.key_ring import SystemKeyRing
    from facewarden.sealed.keys import MasterKey

    key = MasterKey.new()
    if key_ring:
        return key, functools.partial(put_in_ring, key=key, ring=SystemKeyRing())
    return key, functools.partial(wrap_new, key=key, passphrase=passphrase(passphrase_file, new=True))


def key_in(file: Path, passphrase_file: Path | None) -> MasterKey:
    """The key that a key's `file` holds. Raises UsageError, SealedError."""
    from facewarden.cli.passphrase import passphrase
    from facewarden.sealed.key_file import open_key
    from facewarden.sealed.key_ring import SystemKeyRing

    return open_key(file, passphrase=lambda: passphrase(passphrase_file), ring=SystemKeyRing())


def needs_a_person(instead: str) -> None:
    """Raise UsageError that names the option to be given `instead`, where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"A person has to confirm this: {instead}, as there is no terminal to ask at.")


def say_path(path: Path) -> None:
    """One line on stdout."""
    say({}, str(path), as_json=False)


def say(fields: dict[str, Any], text: str, *, as_json: bool) -> None:
    """One line of JSON, or lines of text, on stdout."""
    from facewarden.cli.streams import StandardOutput

    # Names of files may hold bytes that are no text, which JSON escapes.
    line = json.dumps(fields) if as_json else "\n".join(safe(each) for each in text.split("\n"))
    StandardOutput(language="en").write(line + "\n")


def say_empty(sentence: str) -> None:
    """That there is nothing to list, on stderr: stdout holds entries alone."""
    from facewarden.cli.streams import tell

    tell(sentence)


def safe(text: object) -> str:
    """One line for a terminal, with nothing in it that would steer one."""
    from facewarden.report.wording import visible

    return visible(str(text))
