"""Progress of the lab's commands: a line on stderr for every tenth of the way."""

from __future__ import annotations

import click


class Tenths:
    """A hook for ``hook(step, fraction)``."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def __call__(self, step: str, fraction: float) -> None:
        tenth = int(fraction * 10)
        if (step, tenth) != self._said:
            self._said = (step, tenth)
            click.echo(f"{step}: {10 * tenth} %", err=True)
