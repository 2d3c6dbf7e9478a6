"""Progress of the lab's commands: a bar on a terminal, elsewhere a line on stderr for every tenth of the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import click

from facewarden.cli.progress import bar_on_terminal

Hook = Callable[[str, float], None]
"""Called as hook(step, fraction), 0..1."""


class Tenths:
    """A hook that says a line for each tenth of each step."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def __call__(self, step: str, fraction: float) -> None:
        tenth = int(fraction * 10)
        if (step, tenth) != self._said:
            self._said = (step, tenth)
            click.echo(f"{step}: {10 * tenth} %", err=True)


class Bars:
    """A hook that shows how far the present step is."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._step = ""
        self._task: Any = None

    def __call__(self, step: str, fraction: float) -> None:
        if step != self._step:
            if self._task is not None:
                self._display.remove_task(self._task)
            self._step, self._task = step, self._display.add_task(step, total=1.0)
        self._display.update(self._task, completed=fraction)


@contextlib.contextmanager
def shown_steps() -> Iterator[Hook]:
    """A hook that tells on stderr how far each step of the work is."""
    with bar_on_terminal() as display:
        yield Tenths() if display is None else Bars(display)
