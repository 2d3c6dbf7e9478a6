"""Times, names and findings in the words of a notice or a page; everything that leaves here is safe to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from facewarden.cases.document import Block, Fact, Facts, Paragraph, Scale
from facewarden.cases.record import CaseRecord
from facewarden.messages import Parameter, catalogue, say
from facewarden.report.model import Report
from facewarden.report.wording import (
    bytes_words,
    cautions,
    headline,
    number,
    outcome,
    probability_words,
    visible,
)
from facewarden.vault.reasons import own

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document is written.

    Attributes:
        language: of the catalogue.
        now: when.
        zone: of the times in it.
        version: of facewarden.
        country: ISO 3166-1 alpha-2, whose law and help lines it names; None for no law.
    """

    language: str
    now: dt.datetime
    zone: dt.tzinfo
    version: str
    country: str | None = None

    def say(self, key: str, **params: Parameter) -> str:
        return say(key, self.language, **params)

    def time(self, at: dt.datetime) -> str:
        """ISO 8601 with its zone, to the second."""
        return at.astimezone(self.zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def shown(text: str, *, longest: int = LONGEST) -> str:
    """What a stranger wrote, on one line, without what steers or reorders it, and not without end."""
    clean = visible(" ".join(text.split()))
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def fact(setting: Setting, name: str, value: str | None, *, foreign: bool = True) -> Fact:
    """A fact under the label ``case.fact.NAME``; without a value a person fills it in."""
    return Fact(setting.say(f"case.fact.{name}"), shown(value) if value is not None else None, foreign)


def time_facts(record: CaseRecord, setting: Setting) -> Facts:
    """When it was first seen, and when it was taken out of circulation."""
    seen, taken = record.first_seen, record.quarantined_at
    facts = [fact(setting, "first_seen", setting.time(seen) if seen else None)]
    if taken:
        facts.append(fact(setting, "quarantined", setting.time(taken)))
    return Facts(tuple(facts))


def digest_facts(record: CaseRecord, setting: Setting, *, file_name: bool) -> Facts:
    """Hashes and size; the name of the file only where it was asked for."""
    facts = [fact(setting, "sha256", record.sha256 or setting.say("case.unknown"))]
    facts += [
        fact(setting, name, value) for name, value in (("md5", record.md5), ("pdq", record.pdq)) if value
    ]
    if record.size is not None:
        size = f"{number(record.size, setting.language)} B"
        words = bytes_words(record.size)
        facts.append(fact(setting, "size", size if record.size < 1000 else f"{size} ({words})"))
    if file_name and record.file_name:
        facts.append(fact(setting, "file_name", record.file_name))
    return Facts(tuple(facts))


def finding(report: Report | None, setting: Setting, *, scale: bool = False) -> Iterator[Block]:
    """What the check found, with its rate of false alarms; never more than it says itself."""
    if report is None:
        yield Paragraph(setting.say("case.check.none"))
        return
    if scale:
        level = outcome(report)
        yield Scale(level, setting.say(f"level.name.{level}"))
    first, *rest = headline(report, setting.language)
    yield Paragraph(shown(first), "lead")
    for sentence in rest:
        yield Paragraph(shown(sentence))
    if report.error is None:
        yield from _estimate(report, setting)
    for sentence in cautions(report, setting.language):
        yield Paragraph(shown(sentence))
    if report.error is None:
        yield from _lab_mark(report, setting)
    yield Paragraph(
        setting.say("case.check.by", version=shown(report.versions.facewarden, longest=40)), "note"
    )


def _estimate(report: Report, setting: Setting) -> Iterator[Block]:
    """The probability, and what it is not; that there is none where the file could not be judged."""
    words = probability_words(report.probability, setting.language)
    yield Facts((Fact(setting.say("report.probability"), words, foreign=False),))
    if report.probability is not None:
        yield Paragraph(setting.say("html.method_probability"), "note")


def _lab_mark(report: Report, setting: Setting) -> Iterator[Block]:
    """That the file bears the mark of a test forgery, or that nobody looked for it."""
    if report.provenance is None:
        yield Paragraph(setting.say("report.origin_none"))
    elif report.provenance.lab_marked:
        yield Paragraph(setting.say("cue.provenance.lab_mark"))
        yield Paragraph(setting.say("case.check.lab_mark"), "note")


def action_words(action: str, setting: Setting) -> str:
    """What was done, as the log calls it where no catalogue knows it."""
    key = f"case.action.{action.replace('.', '_')}"
    return setting.say(key) if key in catalogue(setting.language) else shown(action, longest=60)


def reason_words(reason: str, action: str, setting: Setting, *, by_watch: bool) -> str:
    """Why something was done: as it was typed, or in the language of the document where the program wrote it."""
    said = own(reason, action, by_watch=by_watch)
    return shown(said.render(setting.language) if said else reason)


def listed(parts: Sequence[str], setting: Setting) -> str:
    return setting.say("report.comma").join(parts)
