"""Markdown as the lab writes it: tables whose columns line up, numbers with intervals, pages with a written part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.lab.bench.metrics import Interval
from facewarden.lab.training.files import write_text


def interval(value: Interval, *, digits: int = 2) -> str:
    """Such as ``0.81 [0.59, 1.00]``; a dash where it could not be measured."""
    if not value.known:
        return "–"
    middle, low, high = (f"{number:.{digits}f}" for number in (value.value, value.low, value.high))
    return f"{middle} [{low}, {high}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table that reads well in a terminal too."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    for number, line in enumerate((head, *rows)):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


@dataclass(frozen=True, slots=True)
class Slot:
    """The part of a page that a command writes; what people wrote around it stays.

    Attributes:
        name: of the command, which both marks begin with: ``bench``.
        title: heading of a page that does not exist yet.
    """

    name: str
    title: str

    @property
    def begin(self) -> str:
        return (
            f"<!-- {self.name}: the text from here on is written by `facewarden lab {self.name} --write` -->"
        )

    @property
    def end(self) -> str:
        return f"<!-- {self.name}: end of the written text -->"

    def write(self, text: str, path: Path) -> None:
        """Put `text` between the two marks in `path`; a file that does not exist yet is begun.

        Raises:
            UsageError: the file exists but has not both marks, in order, or it cannot be read or written.
        """
        head, tail = self.surroundings(path)
        write_text(path, f"{head}{self.begin}\n\n{text}\n{self.end}{tail}")

    def surroundings(self, path: Path) -> tuple[str, str]:
        """Return what stands before and after the marks in `path`; raises UsageError where they are not there."""
        text = _read(path) if path.exists() else f"# {self.title}\n\n{self.begin}\n{self.end}\n"
        head, begin, rest = text.partition(self.begin)
        _, end, tail = rest.partition(self.end)
        if not begin or not end:
            raise UsageError(
                f"{path} must hold the lines {self.begin!r} and {self.end!r}, in this order; add them."
            )
        return head, tail


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read as text: {getattr(error, 'strerror', None) or error}."
        ) from error
