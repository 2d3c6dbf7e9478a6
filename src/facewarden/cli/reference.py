"""The help texts in ``docs/cli.md``. ``python -m facewarden.cli.reference docs/cli.md`` brings them up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from facewarden.cli.main import root

_WIDTH = 80
_BLOCK = re.compile(r"(<!-- help: facewarden(?P<command>[a-z -]*) -->\n)```text\n.*?```\n", re.DOTALL)


def renewed(document: str) -> str:
    """The document with the text of every block that follows a ``<!-- help: facewarden ... -->`` made anew."""
    return _BLOCK.sub(
        lambda found: f"{found[1]}```text\n{help_text(found['command'].split())}\n```\n", document
    )


def help_text(names: list[str]) -> str:
    """What ``--help`` prints for the command behind `names`; raises KeyError for an unknown one."""
    command: click.Command = root
    context = click.Context(root, info_name="facewarden", **_settings(root))
    for name in names:
        found = command.get_command(context, name) if isinstance(command, click.Group) else None
        if found is None:
            raise KeyError(f"there is no command named {' '.join(names)!r}")
        command, context = found, click.Context(found, parent=context, info_name=name, **_settings(found))
    return command.get_help(context)


def _settings(command: click.Command) -> dict[str, Any]:
    return {**command.context_settings, "terminal_width": _WIDTH}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(renewed(place.read_text("utf-8")), "utf-8")
