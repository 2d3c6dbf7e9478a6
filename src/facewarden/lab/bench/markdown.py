"""Markdown as the benchmark writes it: tables whose columns line up, numbers with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from facewarden.lab.bench.metrics import Interval


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
