"""How far a check is: a bar on a terminal, a line for each file elsewhere, silence where it was asked for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from facewarden.cli.streams import tell
from facewarden.errors import FacewardenError
from facewarden.messages import say
from facewarden.report.wording import headline, outcome, visible

if TYPE_CHECKING:
    from facewarden.report.model import Report


class Progress(Protocol):
    """Where the run tells how far it is."""

    def begin(self, position: int, total: int, name: str) -> None:
        """File number `position` (from 1) of `total` begins."""

    def move(self, path: str, fraction: float) -> None:
        """So much of the file, 0..1, has been looked at."""

    def end(self, position: int, total: int, report: Report) -> None:
        """The file is done. One that could not be read is always named, with the reason."""


class Silence:
    """Says nothing but what went wrong."""

    def begin(self, position: int, total: int, name: str) -> None:
        """Nothing to say."""

    def move(self, path: str, fraction: float) -> None:
        """Nothing to say."""

    def end(self, position: int, total: int, report: Report) -> None:
        if report.error is not None:
            tell(refusal_line(report))


class Lines(Silence):
    """One plain line for each file, when it is done."""

    def end(self, position: int, total: int, report: Report) -> None:
        line = refusal_line(report)
        if report.error is None:
            line = f"{visible(report.path)}: {say(f'level.name.{outcome(report)}', report.language)}"
        tell(f"[{position}/{total}] {line}")


class Bar(Silence):
    """A bar with the file's name, how much of it is done, and the time left."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._task: Any = None

    def begin(self, position: int, total: int, name: str) -> None:
        number = f"[{position}/{total}] " if total > 1 else ""
        self._drop()
        self._task = self._display.add_task(number + visible(name), total=1.0)

    def move(self, path: str, fraction: float) -> None:
        self._display.update(self._task, completed=fraction)

    def end(self, position: int, total: int, report: Report) -> None:
        self._drop()
        if report.error is not None:
            from rich.text import Text

            self._display.console.print(Text(refusal_line(report)))

    def _drop(self) -> None:
        if self._task is not None:
            self._display.remove_task(self._task)
            self._task = None


def refusal_line(report: Report) -> str:
    """The file's name and the one sentence on why it could not be checked."""
    # What nobody foresaw has a longer sentence, with what to do about it.
    unforeseen = report.reason == FacewardenError.reason
    why = report.error if unforeseen else headline(report, report.language)[-1]
    return f"{visible(report.path)}: {why}"


@contextlib.contextmanager
def shown_progress(*, quiet: bool, plain: bool) -> Iterator[Progress]:
    """Choose the way of showing progress on stderr; `plain` wants lines even on a terminal."""
    if quiet:
        yield Silence()
        return
    with bar_on_terminal(wanted=not plain) as display:
        yield Lines() if display is None else Bar(display)


@contextlib.contextmanager
def bar_on_terminal(*, wanted: bool = True) -> Iterator[Any]:
    """Rich's display of bars on stderr; None where that is no terminal which can draw one, or it is not wanted."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Display
    from rich.table import Column

    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    if console.is_dumb_terminal:
        yield None
        return
    name = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    with Display(
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as display:
        yield display
