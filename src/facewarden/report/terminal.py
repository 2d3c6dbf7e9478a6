"""The report in a terminal: a block to read for one or a few files, a compact table for many.

Everything is built from plain text objects, never from markup, so nothing in a file's name or metadata can
style or move the output. Colour only repeats what a word already says.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from facewarden.messages import say
from facewarden.models.bundle import SHIPPED
from facewarden.report.model import CueReading, Face, Level, Person, Report
from facewarden.report.provenance import provenance_lines
from facewarden.report.wording import (
    by_weight,
    bytes_words,
    cautions,
    clock,
    counts,
    cue_name,
    false_alarms,
    headline,
    leading_cue,
    listed,
    number,
    outcome,
    probability_words,
    resemblance_lines,
    said,
    stretch,
    telling_spans,
    visible,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

FEW = 3
"""Up to this many files are shown as blocks rather than as a table."""

_WIDE = 88

_STYLES = {
    "no_sign": "cyan",
    "weak": "yellow",
    "likely": "bold bright_red",
    "very_likely": "bold red",
    "inconclusive": "bright_black",
    "error": "bold magenta",
}


def show_reports(reports: Sequence[Report], *, language: str, stream: TextIO) -> None:
    """Write the reports to `stream`, coloured only where it is a terminal and ``NO_COLOR`` is not set."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, emoji=False, markup=False)
    with console.capture() as capture:
        _draw(console, reports, language)
    text = capture.get()
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))


def terminal_text(reports: Sequence[Report], *, language: str = "en", width: int = 80) -> str:
    """The reports as text without colour, at most `width` columns wide."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(
        file=stream, width=width, highlight=False, emoji=False, markup=False, color_system=None,
        force_terminal=False, legacy_windows=False,
    )  # fmt: skip
    _draw(console, reports, language)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _draw(console: Console, reports: Sequence[Report], language: str) -> None:
    if len(reports) > FEW:
        for part in _table(reports, language, console.width):
            console.print(part)
        return
    for position, report in enumerate(reports):
        if position:
            console.print()
        for part in _block(report, language):
            console.print(part)


def _block(report: Report, language: str) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    yield Text(visible(report.path), style="bold", overflow="fold")
    first, *rest = headline(report, language)
    yield _badge(outcome(report), language)
    yield Padding(Text(first, style="bold"), (0, 0, 0, 2))
    for line in (*rest, *cautions(report, language)):
        yield Padding(Text(line), (0, 0, 0, 2))
    for person in report.people:
        yield Text()
        yield from _person(person, report, language)
    if report.not_checked:
        yield Text()
        yield Text(say("report.not_checked", language), style="bold")
        for sentence in report.not_checked:
            yield _bullet(said(sentence, language))
    if report.provenance is not None:
        yield Text()
        yield Text(say("report.origin", language), style="bold")
        for line in provenance_lines(report.provenance, language):
            yield _bullet(line)
    if report.file is not None:
        yield Text()
        yield Text(_facts_line(report, language), style="dim")


def _person(person: Person, report: Report, language: str) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    faces = [face for face in report.faces if face.track in person.tracks]
    head = Text(say("report.person", language, person=person.person), style="bold")
    head.append(" · ")
    head.append(say(f"level.name.{person.level.value}", language), style=_STYLES[person.level.value])
    if person.probability is not None:
        head.append(f" · {probability_words(person.probability, language)}")
    if report.media == "clip":
        head.append(f" · {stretch(person.start_s, person.end_s)}")
    yield head
    if person.abstained or person.level is Level.INCONCLUSIVE:
        yield Padding(Text(said(person.sentence, language)), (0, 0, 0, 2))
    spans = telling_spans(faces)
    if spans and report.media == "clip":
        at = listed((stretch(span.start_s, span.end_s) for span in spans), language)
        yield Padding(Text(say("report.most_telling", language, at=at)), (0, 0, 0, 2))
    for face in faces:
        yield from _face(face, report, language, alone=len(faces) == 1)


def _face(face: Face, report: Report, language: str, *, alone: bool) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    if not alone:
        head = Text(say("report.face", language, track=face.track))
        head.append(f" · {say(f'level.name.{face.level.value}', language)}")
        if report.media == "clip":
            head.append(f" · {stretch(face.start_s, face.end_s)}")
        yield Padding(head, (0, 0, 0, 2))
    for line in resemblance_lines(face, language):
        yield _bullet(line)
    for cue in sorted(face.cues, key=_cue_rank):
        yield _bullet(_cue_line(cue, language))


def _cue_rank(cue: CueReading) -> int:
    if cue.abstained:
        return 2
    return 0 if counts(cue) else 1


def _cue_line(cue: CueReading, language: str) -> str:
    key = "terminal.cue_not_judged" if cue.abstained else "terminal.cue"
    return say(key, language, cue=cue_name(cue.cue, language), sentence=said(cue.sentence, language))


def _bullet(text: str) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=3, justify="right")
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(Text("-"), Text(text))
    return grid


def _badge(level: str, language: str) -> Text:
    from rich.text import Text

    badge = Text("  ")
    steps = ("no_sign", "weak", "likely", "very_likely")
    filled = steps.index(level) + 1 if level in steps else 0
    badge.append("[" + "#" * filled + "." * (len(steps) - filled) + "] ", style=_STYLES[level])
    badge.append(say(f"level.name.{level}", language), style=_STYLES[level])
    return badge


def _facts_line(report: Report, language: str) -> str:
    facts = report.file
    assert facts is not None
    parts = [
        say(f"report.media_{report.media or 'clip'}", language),
        "/".join(part for part in (visible(facts.container), visible(facts.codec)) if part),
        f"{facts.width}×{facts.height}",
    ]
    if report.media == "clip":
        parts.append(clock(facts.duration_s))
    parts += [
        bytes_words(facts.size_bytes),
        f"{say('file.frames_analysed', language)}: {number(facts.frames_analysed, language)}",
        f"facewarden {visible(report.versions.facewarden)}",
    ]
    if report.versions.bundle != SHIPPED:
        parts.append(f"{say('html.version_models', language)}: {visible(report.versions.bundle)}")
    return " · ".join(parts)


def _table(reports: Sequence[Report], language: str, width: int) -> Iterator[RenderableType]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    narrow = width < _WIDE
    table = Table(box=box.SIMPLE_HEAD, expand=False, pad_edge=False, padding=(0, 1))
    table.add_column(say("report.file", language), overflow="fold", ratio=1 if narrow else None)
    table.add_column(say("terminal.level", language), overflow="fold", max_width=14 if narrow else None)
    table.add_column(say("terminal.probability", language), justify="right", no_wrap=True)
    table.add_column(say("report.when", language), no_wrap=True)
    if not narrow:
        table.add_column(say("terminal.reason", language), overflow="fold")
    ordered = by_weight(reports)
    for report in ordered:
        level = outcome(report)
        name, why = Text(visible(report.path)), Text(_short_reason(report, language))
        if narrow and why:
            name.append(f"\n{why}", style="dim")
        table.add_row(
            name,
            Text(say(f"level.name.{level}", language), style=_STYLES[level]),
            Text(_percent(report.probability)),
            Text(_first_span(report) or "-"),
            *([] if narrow else [why]),
        )
    yield table
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
