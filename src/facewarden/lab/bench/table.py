"""The result of a benchmark as Markdown tables, for a terminal and for ``docs/benchmarks.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.lab.bench import further_tables, markdown
from facewarden.lab.bench.alarms import AlarmRow
from facewarden.lab.bench.axes import AxisRow
from facewarden.lab.bench.contest import Row
from facewarden.lab.bench.cost import CostRow
from facewarden.lab.bench.levels import ALARMS, LevelRow, ProbabilityRow
from facewarden.lab.bench.markdown import Slot, interval
from facewarden.lab.bench.sheets import ScoreRow
from facewarden.lab.bench.washing import WashRow

SLOT = Slot("bench", "Benchmarks")
"""Where the tables stand in ``docs/benchmarks.md``."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All that was measured.

    Attributes:
        rows: detectors in contests.
        shortcuts: baselines that see no face, in the same contests.
        levels, probabilities: of our own reports; empty when we were not asked.
        axes: detectors by what the files are like.
        washes: detectors after each laundering; empty unless asked for.
        alarms: what is flagged there, of detectors that give levels.
        costs: time and memory; empty unless asked for.
        scores: what everybody said of every file.
        probe_files: that a probe was fitted to at most, of a class and contest.
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
    probe_files: int = 0
    axes: tuple[AxisRow, ...] = ()
    washes: tuple[WashRow, ...] = ()
    alarms: tuple[AlarmRow, ...] = ()
    costs: tuple[CostRow, ...] = ()
    scores: tuple[ScoreRow, ...] = ()

    def markdown(self) -> str:
        """Return the tables with the words that are needed to read them."""
        return "\n".join(_document(self)) + "\n"


def write(result: BenchResult, path: Path) -> None:
    """Put the tables between the two marks in `path`; a file that does not exist yet is begun.

    Raises:
        UsageError: the file exists but has not both marks, in order, or it cannot be written.
    """
    SLOT.write(result.markdown(), path)


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
    if result.axes:
        yield from further_tables.axes(result.axes)
    if result.washes:
        yield from further_tables.washes(result.washes)
    if result.alarms:
        yield from further_tables.alarms(result.alarms)
    if result.costs:
        yield from further_tables.costs(result.costs)
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
- *Italic rows are shortcuts*, which a detector should not need. Four see no picture: what file metadata and bits
  spent on a pixel tell by themselves (“train” was fitted to the split `train`, “same set” to other files of the very
  same set; “recoded” counts the bits after each file was encoded anew with the same settings; whether more or fewer
  bits speak for a forgery was learnt from the twins of `train`, each a vote). Three are probes,
  small models fitted to at most {result.probe_files} forged and as many genuine files of the same kind in `train`:
  `spectrum` (the power spectrum of the face's box), `background only` (statistics of what lies outside that box)
  and `face hidden` (our own network's output on the aligned crop with the face greyed out). Where one of them does
  as well as a detector (by pairs where there are any, else by AUC), that detector's row is not trustworthy: it may
  lean on the same shortcut. A shortcut that judged less than half of the detector's files is no rival.
- *One bit rate*: both clips of each pair re-encoded with H.264 to one size and one average bit rate (within 0.3 %),
  a fifth below that of the leaner twin; detectors, baselines and probes see the re-encoded files (the models behind
  baselines and probes are those that were fitted to the files of `train` as they are)."""


def _contest(rows: Sequence[Row], shortcuts: Sequence[Row]) -> Iterator[str]:
    first = (*rows, *shortcuts)[0]
    kind = "paired" if first.paired else "unpaired, shortcut risk"
    yield from ["", f"### {first.contest} against {', '.join(first.against)}", ""]
    yield f"{first.fakes} forged, {first.reals} genuine; {kind}; intervals over {first.unit}."
    if first.reals < 100:
        rates = "5 % and 1 %" if first.reals < 20 else "1 %"
        yield f"Too few genuine files for a TPR at {rates} FPR: it is the TPR at no false alarm among {first.reals}."
    yield ""
    yield from markdown.table(
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
    pairs = f"{interval(row.paired_accuracy)} of {row.pairs}" if row.pairs else "–"
    return (
        row.detector if own else f"*{row.detector}*",
        interval(row.auc),
        interval(row.equal_error_rate),
        interval(row.tpr),
        interval(row.tpr_at_1),
        pairs,
        interval(row.coverage),
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
    yield from markdown.table(
        ("source", "class", "files", "judged", "abstained", "failed", *head),
        [
            (
                row.source,
                "genuine" if row.label == "real" else "forged",
                str(row.files),
                str(row.judged),
                str(row.abstained),
                str(row.failed),
                *(f"{row.flagged[level]} = {interval(row.shares[level])}" for level in ALARMS),
            )
            for row in levels
        ],
    )


def _probabilities(rows: Sequence[ProbabilityRow], contests: Sequence[Row]) -> Iterator[str]:
    yield from ["", "### Probabilities taken at their word", ""]
    yield "Brier score (0 best) and expected calibration error over ten bins, judged files only. Drawing again makes"
    yield "a calibration error larger, never smaller: its interval leans upwards. Few files never come out exactly as"
    yield "often as was said: the last column is what a detector would read whose every probability is exactly true."
    yield ""
    yield from markdown.table(
        ("files", "detector", "judged", "of them forged", "Brier", "calibration error", "by chance alone"),
        [
            (
                r.media,
                "facewarden",
                str(r.files),
                str(r.forged),
                f"{r.brier:.3f}",
                f"{r.calibration_error:.3f}",
                interval(r.by_chance, digits=3),
            )
            for r in rows
        ]
        + [
            (
                row.contest,
                row.detector,
                str(row.fakes + row.reals - row.abstained - row.failed),
                "–",
                interval(row.brier, digits=3),
                interval(row.calibration_error, digits=3),
                interval(row.calibration_by_chance, digits=3),
            )
            for row in contests
        ],
    )
