"""One page for one file, or an overview and a section for each of many files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from facewarden.messages import say
from facewarden.models.bundle import SHIPPED
from facewarden.report.across import AcrossFiles
from facewarden.report.across_words import blocks
from facewarden.report.html.heat import SIDE
from facewarden.report.html.parts import PersonPart, file_name, people, polyline
from facewarden.report.model import FileFacts, Level, Report
from facewarden.report.provenance import provenance_facts, provenance_lines
from facewarden.report.wording import (
    by_weight,
    bytes_words,
    cautions,
    clock,
    cue_name,
    headline,
    language_tag,
    leading_cue,
    number,
    outcome,
    probability_words,
    said,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Environment

STEPS = tuple(level.value for level in (Level.NO_SIGN, Level.WEAK, Level.LIKELY, Level.VERY_LIKELY))
"""The steps of the scale; the fifth, no judgement, stands apart from them."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file's section. `advice` is ``now`` where caution is due, ``doubt`` where nothing was found."""

    anchor: str
    name: str
    path: str
    level: str
    headline: tuple[str, ...]
    cautions: tuple[str, ...]
    advice: str
    probability: str
    why: str
    not_checked: tuple[str, ...]
    people: tuple[PersonPart, ...]
    checked: bool
    origin: tuple[str, ...]
    origin_facts: Pairs
    facts: Pairs
    versions: Pairs


def render_html(
    reports: Sequence[Report],
    *,
    language: str = "en",
    reveal: bool = False,
    across: AcrossFiles | None = None,
) -> str:
    """The page as text, to be written as UTF-8; `across` is what the files have in common.

    With `reveal`, the key pictures are part of the page, each closed until a person opens it; without it,
    no picture of anybody is in the page at all. Raises ValueError for an empty sequence.
    """
    if not reports:
        raise ValueError("a page needs at least one report, but got none")
    files = [
        _file(report, f"file-{position}", language=language, reveal=reveal)
        for position, report in enumerate(by_weight(reports), 1)
    ]
    if len(files) == 1:
        title = say("html.title", language, name=files[0].name)
    else:
        title = say("html.title_many", language, files=len(files))
    return _environment().get_template("page.html.j2").render(
        title=title,
        lang=language_tag(language),
        t=partial(_say, language),
        files=files,
        across=blocks(across, language),
        has_pictures=any(person.pictures for file in files for person in file.people),
        steps=STEPS,
        side=SIDE,
    )  # fmt: skip


def _say(language: str, key: str, **params: str | int | float) -> str:
    return say(key, language, **params)


def _file(report: Report, anchor: str, *, language: str, reveal: bool) -> FilePart:
    level = outcome(report)
    cue = leading_cue(report.faces) if level in STEPS[1:] else None
    first, *rest = headline(report, language)
    provenance = report.provenance
    return FilePart(
        anchor=anchor,
        name=file_name(report),
        path=visible(report.path),
        level=level,
        headline=(first, *rest),
        cautions=cautions(report, language),
        advice={"error": "", "no_sign": "doubt"}.get(level, "now"),
        probability=probability_words(report.probability, language),
        why=cue_name(cue.cue, language) if cue else _why_not(report, (first, *rest)),
        not_checked=tuple(said(sentence, language) for sentence in report.not_checked),
        people=people(report, language=language, reveal=reveal),
        checked=report.error is None,
        origin=provenance_lines(provenance, language) if provenance else (),
        origin_facts=provenance_facts(provenance, language) if provenance else (),
        facts=_facts(report, language),
        versions=_versions(report, language),
    )


def _why_not(report: Report, sentences: tuple[str, ...]) -> str:
    return sentences[-1] if report.error is not None or report.abstained else ""


def _facts(report: Report, language: str) -> Pairs:
    pairs = [("file.path", visible(report.path))]
    if report.file is not None:
        pairs += _media_facts(report.file, clip=report.media == "clip", language=language)
    if report.sha256:
        pairs.append(("file.sha256", report.sha256))
    return tuple((say(label, language), value) for label, value in pairs)


def _media_facts(file: FileFacts, *, clip: bool, language: str) -> list[tuple[str, str]]:
    pairs = [
        ("file.container", visible(file.container)),
        ("file.codec", visible(file.codec) or say("file.unknown", language)),
        ("file.size_px", say("file.size_px_value", language, width=file.width, height=file.height)),
        ("file.size", bytes_words(file.size_bytes)),
    ]
    if clip:
        rate = f"{file.frame_rate:.4g}" if file.frame_rate else say("file.unknown", language)
        bit_rate = say("file.unknown", language)
        if file.bit_rate is not None:
            kbit = number(round(file.bit_rate / 1000), language)
            bit_rate = say("file.bit_rate_value", language, kbit=kbit)
        pairs += [
            ("file.duration", clock(file.duration_s, tenths=file.duration_s < 10)),
            ("file.frame_rate", rate),
            ("file.bit_rate", bit_rate),
            ("file.sound", say("file.sound_yes" if file.has_audio else "file.sound_no", language)),
        ]
    if file.pixel_format:
        pairs.append(("file.pixel_format", visible(file.pixel_format)))
    if file.rotation_deg:
        pairs.append(("file.rotation", say("file.rotation_value", language, degrees=file.rotation_deg)))
    pairs.append(("file.frames_analysed", number(file.frames_analysed, language)))
    return pairs


def _versions(report: Report, language: str) -> Pairs:
    versions = report.versions
    pairs = [
        ("Facewarden", visible(versions.facewarden)),
        (say("html.version_schema", language), versions.schema_version),
    ]
    if versions.calibration:
        pairs.append((say("html.version_calibration", language), visible(versions.calibration)))
    if versions.models:
        models = ", ".join(f"{visible(name)} {visible(digest)}" for name, digest in versions.models.items())
        if versions.bundle != SHIPPED:
            models = f"{visible(versions.bundle)}: {models}"
        pairs.append((say("html.version_models", language), models))
    return tuple(pairs)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("facewarden.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["polyline"] = polyline
    return environment
