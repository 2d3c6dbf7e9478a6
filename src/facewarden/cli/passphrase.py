"""Where a passphrase comes from: a file, the environment, or the person at the terminal. Never from the command line,
where other users and the shell's history would see it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from facewarden.errors import UsageError

VARIABLE = "FACEWARDEN_PASSPHRASE"
_MOST_BYTES = 4096


def passphrase(file: Path | None, *, new: bool = False) -> str:
    """The passphrase: the first line of `file`, else what $FACEWARDEN_PASSPHRASE holds, else what the person types.

    Args:
        new: whether one is chosen, so that it is typed twice.

    Raises:
        UsageError: there is none, and nobody to ask.
    """
    if file is not None:
        return _from_file(file)
    if (found := os.environ.get(VARIABLE)) is not None:
        return found
    return _asked_for("Passphrase", twice=new, instead=f"--passphrase-file or ${VARIABLE}")


def chosen(file: Path | None) -> str:
    """A new passphrase beside the one in use: the first line of `file`, else what the person types, twice.

    Raises:
        UsageError: there is none, and nobody to ask.
    """
    if file is not None:
        return _from_file(file)
    return _asked_for("New passphrase", twice=True, instead="--new-passphrase-file")


def _asked_for(what: str, *, twice: bool, instead: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"A passphrase is needed, and there is no terminal to ask at. Use {instead}.")
    return str(click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            line = file.read(_MOST_BYTES).partition(b"\n")[0].removesuffix(b"\r")
        return line.decode()
    except OSError as error:
        raise UsageError(
            f"The passphrase's file {path} cannot be read: {error.strerror or error}."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The passphrase's file {path} is no text in UTF-8.") from error
