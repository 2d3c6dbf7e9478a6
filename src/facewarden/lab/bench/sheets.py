"""The benchmark as CSV: what each detector said of each file, and the rows of every table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facewarden.lab.bench.contest import Verdict
from facewarden.lab.bench.metrics import Interval
from facewarden.lab.dataset import Item
from facewarden.lab.training.files import write_text

if TYPE_CHECKING:
    from facewarden.lab.bench.table import BenchResult


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What one voice said of one file.

    Attributes:
        contest: "" for a detector, which is asked about a file once whatever it is measured against.
        collection: the name of the data folder; `file` is relative to it.
        score: None unless `state` is ``judged``.
    """

    contest: str
    detector: str
    collection: str
    file: str
    media: str
    method: str
    label: str
    identity: str
    pair: str
    state: str
    score: float | None
    is_probability: bool
    level: str


def score_rows(
    contest: str, detector: str, verdicts: Mapping[Item, Verdict], roots: Mapping[Item, Path]
) -> tuple[ScoreRow, ...]:
    """Return one row for each file; `roots` says which data folder each lies in."""
    return tuple(
        ScoreRow(
            contest=contest,
            detector=detector,
            collection=roots[item].name,
            file=item.path.relative_to(roots[item]).as_posix(),
            media=item.media,
            method=item.method,
            label=item.label,
            identity=item.identity,
            pair=item.pair,
            state=verdict.state,
            score=verdict.score,
            is_probability=verdict.is_probability,
            level=verdict.level,
        )
        for item, verdict in verdicts.items()
    )


def write_sheets(result: BenchResult, folder: Path) -> tuple[Path, ...]:
    """Write one CSV for each table that has rows to `folder`, each whole or not at all; returns their paths.

    Raises:
        UsageError: a file cannot be written.
    """
    sheets: dict[str, Sequence[Any]] = {
        "scores": result.scores,
        "contests": (*result.rows, *result.shortcuts),
        "levels": result.levels,
        "probabilities": result.probabilities,
        "axes": result.axes,
        "launderings": result.washes,
        "alarms": result.alarms,
        "costs": result.costs,
    }
    written = []
    for name, rows in sheets.items():
        if rows:
            path = folder / f"{name}.csv"
            write_text(path, _text(_flat(row) for row in rows))
            written.append(path)
    return tuple(written)


def _text(rows: Iterable[dict[str, Any]]) -> str:
    table = list(rows)
    columns = dict.fromkeys(name for row in table for name in row)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def _flat(row: Any) -> dict[str, Any]:
    """A row of any table; an interval becomes three columns, a mapping one for each of its keys, unknown empty."""
    flat: dict[str, Any] = {}
    for column in fields(row):
        flat |= _cells(column.name, getattr(row, column.name))
    return flat


def _cells(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Interval):
        parts = {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
        return {key: "" if isnan(number) else round(number, 6) for key, number in parts.items()}
    if isinstance(value, Mapping):
        cells: dict[str, Any] = {}
        for key, inner in value.items():
            cells |= _cells(f"{name}_{key}", inner)
        return cells
    if isinstance(value, tuple):
        return {name: " ".join(value)}
    return {name: "" if value is None else value}
