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
from facewarden.report.across import AcrossFiles
from facewarden.report.across_words import blocks
from facewarden.report.model import CueReading, Face, Level, Person, Report
from facewarden.report.provenance import provenance_lines
from facewarden.report.terminal_table import STYLES, table
from facewarden.report.wording import (
    bytes_words,
    cautions,
    clock,
    counts,
    cue_name,
    headline,
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


def show_reports(
    reports: Sequence[Report], *, language: str, stream: TextIO, across: AcrossFiles | None = None
) -> None:
    """Write the reports, and what they have in common, to `stream`.

    It is coloured only where it is a terminal and ``NO_COLOR`` is not set.
    """
    from rich.console import Console

    console = Console(file=stream, highlight=False, emoji=False, markup=False)
    with console.capture() as capture:
        _draw(console, reports, language, across)
    text = capture.get()
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))


def terminal_text(
    reports: Sequence[Report], *, language: str = "en", width: int = 80, across: AcrossFiles | None = None
) -> str:
    """The reports as text without colour, at most `width` columns wide."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(
        file=stream, width=width, highlight=False, emoji=False, markup=False, color_system=None,
        force_terminal=False, legacy_windows=False,
    )  # fmt: skip
    _draw(console, reports, language, across)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _draw(console: Console, reports: Sequence[Report], language: str, across: AcrossFiles | None) -> None:
    if len(reports) > FEW:
        for part in table(reports, language, console.width):
            console.print(part)
    else:
        for position, report in enumerate(reports):
            if position:
                console.print()
            for part in _block(report, language):
                console.print(part)
    for part in _across(across, language):
        console.print(part)


def _across(across: AcrossFiles | None, language: str) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    found = blocks(across, language)
    if found:
        yield Text()
        yield Text(say("across.heading", language), style="bold")
    for block in found:
        for sentence in block.sentences:
            yield Padding(Text(sentence, style=STYLES["likely"] if block.warns else ""), (0, 0, 0, 2))
        for item in block.items:
            yield _bullet(item)


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
    head.append(say(f"level.name.{person.level.value}", language), style=STYLES[person.level.value])
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
    badge.append("[" + "#" * filled + "." * (len(steps) - filled) + "] ", style=STYLES[level])
    badge.append(say(f"level.name.{level}", language), style=STYLES[level])
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
