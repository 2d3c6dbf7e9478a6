"""The result of a benchmark as Markdown tables, for a terminal and for ``docs/benchmarks.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.lab.bench.contest import Row
from facewarden.lab.bench.levels import ALARMS, LevelRow, ProbabilityRow
from facewarden.lab.bench.metrics import Interval

BEGIN = "<!-- bench: the text from here on is written by `facewarden lab bench --write` -->"
END = "<!-- bench: end of the written text -->"


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All that was measured.

    Attributes:
        rows: detectors in contests.
        shortcuts: baselines that see no face, in the same contests.
        levels, probabilities: of our own reports; empty when we were not asked.
        left_out: files that were not used, with the reason.
        skipped: detectors that could not be asked, with the reason.
    """

    split: str
    rows: tuple[Row, ...]
    shortcuts: tuple[Row, ...]
    levels: tuple[LevelRow, ...]
    probabilities: tuple[ProbabilityRow, ...]
    left_out: tuple[str, ...]
    skipped: tuple[str, ...]
    rounds: int
    seed: int

    def markdown(self) -> str:
        """Return the tables with the words that are needed to read them."""
        return "\n".join(_document(self)) + "\n"


def write(result: BenchResult, path: Path) -> None:
    """Put the tables between the two marks in `path`; a file that does not exist yet is begun.

    Raises:
        UsageError: the file exists but has not both marks, in order.
    """
    text = path.read_text("utf-8") if path.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"{path} must hold the lines {BEGIN!r} and {END!r}, in this order; add them.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{head}{BEGIN}\n\n{result.markdown()}\n{END}{tail}", "utf-8")


def _document(result: BenchResult) -> Iterator[str]:
    yield f"Measured on the split `{result.split}`, which no gradient has seen but on which thresholds,"
    yield "probabilities and model versions were chosen: figures for new media will be lower."
    yield ""
    yield from _reading(result)
    for name in dict.fromkeys(row.contest for row in (*result.rows, *result.shortcuts)):
        yield from _contest(
            [row for row in result.rows if row.contest == name],
            [row for row in result.shortcuts if row.contest == name],
        )
    if result.levels:
        yield from _levels(result.levels)
    honest = [row for row in result.rows if row.brier.known]
    if result.probabilities or honest:
        yield from _probabilities(result.probabilities, honest)
    for title, lines in (("Left out", result.left_out), ("Not measured", result.skipped)):
        if lines:
            yield from ["", f"### {title}", "", *(f"- {line}" for line in lines)]


def _reading(result: BenchResult) -> Iterator[str]:
    yield f"""\
- AUC: chance that a forgery scores above a genuine file. EER: error rate where as many genuine files are flagged
  as forgeries are missed. TPR: share of forgeries found where at most 5 % (1 %) of the genuine files of the same
  table are flagged (with fewer than 20 (100) of them, none may be).
- Pairs: share of forgeries that score above their own genuine twin, ties half.
- Measures are over judged files only; abstentions and failures are counted beside them.
- In brackets: 95 % intervals from {result.rounds} draws (seed {result.seed}) of whole people, or of files
  where fewer than 10 people of a class are known, a clip and its twin drawn as one. Where all draws agree on
  0 or 1, the open end is the exact binomial bound.
- *Italic rows see no face*: what file metadata and bits spent on a pixel tell by themselves. “train” was
  fitted to the split `train`, “same set” to other files of the very same set; whether more or fewer bits speak
  for a forgery was learnt from the twins of `train`. Where one of them does as well
  as a detector (by pairs where there are any, else by AUC), that detector's row is not trustworthy: it may
  lean on the same shortcut."""


def _contest(rows: Sequence[Row], shortcuts: Sequence[Row]) -> Iterator[str]:
    first = (*rows, *shortcuts)[0]
    kind = "paired" if first.paired else "unpaired, shortcut risk"
    yield from ["", f"### {first.contest} against {', '.join(first.against)}", ""]
    yield f"{first.fakes} forged, {first.reals} genuine; {kind}; intervals over {first.unit}."
    if first.reals < 100:
        rates = "5 % and 1 %" if first.reals < 20 else "1 %"
        yield f"Too few genuine files for a TPR at {rates} FPR: it is the TPR at no false alarm among {first.reals}."
    yield ""
    yield from _table(
        (
            "detector",
            "AUC",
            "EER",
            "TPR at 5 % FPR",
            "TPR at 1 % FPR",
            "pairs",
            "coverage",
            "abstained",
            "failed",
            "remark",
        ),
        [_cells(row, own=True) for row in rows] + [_cells(row, own=False) for row in shortcuts],
    )


def _cells(row: Row, *, own: bool) -> tuple[str, ...]:
    pairs = f"{_interval(row.paired_accuracy)} of {row.pairs}" if row.pairs else "–"
    return (
        row.detector if own else f"*{row.detector}*",
        _interval(row.auc),
        _interval(row.equal_error_rate),
        _interval(row.tpr),
        _interval(row.tpr_at_1),
        pairs,
        _interval(row.coverage),
        str(row.abstained),
        str(row.failed),
        row.caveat,
    )


def _levels(levels: Sequence[LevelRow]) -> Iterator[str]:
    yield from ["", "### Files flagged at each level", ""]
    yield "Number and share of all files of a source that facewarden flags at the level or above. On genuine"
    yield "files every flag is a false alarm."
    yield ""
    head = [f"{level.value} or above" for level in ALARMS]
    yield from _table(
        ("source", "class", "files", "judged", "abstained", "failed", *head),
        [
            (
                row.source,
                "genuine" if row.label == "real" else "forged",
                str(row.files),
                str(row.judged),
                str(row.abstained),
                str(row.failed),
                *(f"{row.flagged[level]} = {_interval(row.shares[level])}" for level in ALARMS),
            )
            for row in levels
        ],
    )


def _probabilities(rows: Sequence[ProbabilityRow], contests: Sequence[Row]) -> Iterator[str]:
    yield from ["", "### Probabilities taken at their word", ""]
    yield "Brier score (0 best) and expected calibration error over ten bins, judged files only. Drawing again makes"
    yield "a calibration error larger, never smaller: its interval leans upwards."
    yield ""
    yield from _table(
        ("files", "detector", "judged", "of them forged", "Brier", "calibration error"),
        [
            (
                r.media,
                "facewarden",
                str(r.files),
                str(r.forged),
                f"{r.brier:.3f}",
                f"{r.calibration_error:.3f}",
            )
            for r in rows
        ]
        + [
            (
                row.contest,
                row.detector,
                str(row.fakes + row.reals - row.abstained - row.failed),
                "",
                _interval(row.brier, digits=3),
                _interval(row.calibration_error, digits=3),
            )
            for row in contests
        ],
    )


def _interval(interval: Interval, *, digits: int = 2) -> str:
    if not interval.known:
        return "–"
    value, low, high = (f"{number:.{digits}f}" for number in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield Markdown whose columns line up, so that it reads well in a terminal too."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    for number, line in enumerate((head, *rows)):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
