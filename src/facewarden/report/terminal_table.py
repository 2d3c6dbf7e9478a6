"""Many files in a terminal: a table, a row for each file, and a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from facewarden.messages import say
from facewarden.report.model import Level, Report
from facewarden.report.wording import (
    by_weight,
    cue_name,
    false_alarms,
    headline,
    leading_cue,
    outcome,
    stretch,
    telling_spans,
    visible,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDE = 88

STYLES = {
    "no_sign": "cyan",
    "weak": "yellow",
    "likely": "bold bright_red",
    "very_likely": "bold red",
    "inconclusive": "bright_black",
    "error": "bold magenta",
}


def table(reports: Sequence[Report], language: str, width: int) -> Iterator[RenderableType]:
    """The files with the clearest signs first, a row for each, and what it comes to; for so many columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    narrow = width < _WIDE
    rows = Table(box=box.SIMPLE_HEAD, expand=False, pad_edge=False, padding=(0, 1))
    rows.add_column(say("report.file", language), overflow="fold", ratio=1 if narrow else None)
    rows.add_column(say("terminal.level", language), overflow="fold", max_width=14 if narrow else None)
    rows.add_column(say("terminal.probability", language), justify="right", no_wrap=True)
    rows.add_column(say("report.when", language), no_wrap=True)
    if not narrow:
        rows.add_column(say("terminal.reason", language), overflow="fold")
    ordered = by_weight(reports)
    for report in ordered:
        level = outcome(report)
        name, why = Text(visible(report.path)), Text(_short_reason(report, language))
        if narrow and why:
            name.append(f"\n{why}", style="dim")
        rows.add_row(
            name,
            Text(say(f"level.name.{level}", language), style=STYLES[level]),
            Text(_percent(report.probability)),
            Text(_first_span(report) or "-"),
            *([] if narrow else [why]),
        )
    yield rows
    yield from _summary(reports, language)


def _summary(reports: Sequence[Report], language: str) -> Iterator[RenderableType]:
    from rich.text import Text

    outcomes = [outcome(report) for report in reports]
    flagged = [report for report in by_weight(reports) if report.error is None and report.level.rank > 0]
    counted = {
        "files": len(reports),
        "flagged": len(flagged),
        "inconclusive": outcomes.count("inconclusive"),
        "failed": outcomes.count("error"),
        "clear": outcomes.count("no_sign"),
    }
    yield Text(say("terminal.summary", language, **counted))
    yield Text(say("terminal.flagged_means", language), style="dim")
    rates: dict[str, None] = {}
    for report in flagged:
        if rate := false_alarms(report, language):
            name = say(f"level.name.{report.level.value}", language)
            rates[say("terminal.cue", language, cue=name, sentence=rate)] = None
    for line in rates:
        yield Text(line)
    if flagged:
        yield Text(say("report.one_check", language))


def _percent(probability: float | None) -> str:
    if probability is None:
        return "-"
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def _first_span(report: Report) -> str:
    spans = telling_spans(report.faces)
    return stretch(spans[0].start_s, spans[0].end_s) if spans and report.media == "clip" else ""


def _short_reason(report: Report, language: str) -> str:
    cue = leading_cue(report.faces)
    if cue is not None and report.level.rank >= Level.WEAK.rank:
        return cue_name(cue.cue, language)
    if report.error is not None or report.abstained:
        return headline(report, language)[-1]
    return ""
