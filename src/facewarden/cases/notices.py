"""Notices to platforms, police and schools: letters that a person completes, signs and sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from facewarden.cases.addresses import defanged
from facewarden.cases.document import Block, Bullets, Document, Fact, Facts, Paragraph, Section
from facewarden.cases.kinds import Kind
from facewarden.cases.legal import LegalBasis, bases_for
from facewarden.cases.record import CaseRecord
from facewarden.cases.wording import Setting, digest_facts, fact, finding, shown, time_facts
from facewarden.report.model import Report

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for.

    Attributes:
        urls: checked (`addresses.checked_urls`).
        defang: whether they are written so that nobody opens them by accident.
        name, contact: of the sender; None where they are filled in by hand.
        file_name: whether the name of the file stands in it.
    """

    urls: tuple[str, ...] = ()
    defang: bool = False
    name: str | None = None
    contact: str | None = None
    file_name: bool = False


def notice(
    kind: Kind, record: CaseRecord, report: Report | None, setting: Setting, wishes: Wishes
) -> Document:
    """The notice of `kind`. It holds no picture. Raises UsageError for a country that is none."""
    parts = _PARTS[kind]
    bases = bases_for(setting.country, kind)
    sections = _sections(parts, kind, record, report, setting, wishes, bases)
    return Document(
        language=setting.language,
        title=setting.say(f"notice.{kind}.title"),
        facts=(
            Fact(setting.say("case.number"), record.number or setting.say("case.no_case")),
            Fact(setting.say("case.made_at"), setting.time(setting.now)),
        ),
        opening=(Paragraph(setting.say(f"notice.{kind}.greeting")),),
        sections=tuple(sections),
        foot=(setting.say("notice.foot", version=setting.version),),
        letter=True,
    )


_PARTS = {
    Kind.PLATFORM: ("request", "where", "when", "recognise", "check", "law", "statement", "sender"),
    Kind.POLICE: (
        "request", "events", "where", "when", "evidence", "recognise", "check", "law", "statement", "sender",
    ),
    Kind.SCHOOL: ("request", "events", "where", "when", "check", "statement", "sender"),
}  # fmt: skip


_BOXES: dict[Kind, tuple[str, ...]] = {
    Kind.PLATFORM: ("intimate", "synthetic", "minor", "good_faith", "authority"),
    Kind.POLICE: ("minor", "threat"),
    Kind.SCHOOL: (),
}


def _sections(
    parts: tuple[str, ...],
    kind: Kind,
    record: CaseRecord,
    report: Report | None,
    setting: Setting,
    wishes: Wishes,
    bases: tuple[LegalBasis, ...],
) -> Iterator[Section]:
    makers: dict[str, Callable[[], Iterator[Block]]] = {
        "request": lambda: _request(kind, setting),
        "events": lambda: _events(kind, setting),
        "where": lambda: _where(setting, wishes),
        "when": lambda: iter((time_facts(record, setting),)),
        "evidence": lambda: _evidence(record, setting),
        "recognise": lambda: _recognise(record, setting, wishes),
        "check": lambda: finding(report, setting),
        "law": lambda: _law(bases, setting),
        "statement": lambda: _statement(kind, setting),
        "sender": lambda: _sender(setting, wishes),
    }
    for name in parts:
        if blocks := tuple(makers[name]()):
            yield Section(name, setting.say(f"case.section.{name}"), blocks)


def _request(kind: Kind, setting: Setting) -> Iterator[Block]:
    yield Paragraph(setting.say(f"notice.{kind}.request"))
    if kind is Kind.PLATFORM:
        yield Paragraph(setting.say("notice.platform.reply"))
    if kind is Kind.SCHOOL:
        asked = ("watch", "protect", "stop", "act", "blame")
        yield Bullets(tuple(setting.say(f"notice.school.ask_{what}") for what in asked))


def _events(kind: Kind, setting: Setting) -> Iterator[Block]:
    label = "notice.police.events" if kind is Kind.POLICE else "notice.school.known"
    yield Facts((Fact(setting.say(label), None, foreign=False),))


def _where(setting: Setting, wishes: Wishes) -> Iterator[Block]:
    if not wishes.urls:
        yield Facts((Fact(setting.say("case.url.none"), None),))
        return
    urls = [defanged(url) if wishes.defang else url for url in wishes.urls]
    yield Facts(
        tuple(Fact(setting.say("case.fact.url", index=i), shown(url)) for i, url in enumerate(urls, 1))
    )
    if wishes.defang:
        yield Paragraph(setting.say("case.url.defanged"), "note")


def _evidence(record: CaseRecord, setting: Setting) -> Iterator[Block]:
    which = "none" if record.number is None else "held" if record.held else "gone"
    yield Paragraph(setting.say(f"notice.police.evidence_{which}"))


def _recognise(record: CaseRecord, setting: Setting, wishes: Wishes) -> Iterator[Block]:
    yield Paragraph(setting.say("notice.no_picture_pdq" if record.pdq else "notice.no_picture"))
    yield digest_facts(record, setting, file_name=wishes.file_name)


def _law(bases: tuple[LegalBasis, ...], setting: Setting) -> Iterator[Block]:
    for basis in bases:
        name, what = basis.name.in_language(setting.language), basis.what.in_language(setting.language)
        yield Paragraph(setting.say("case.law.cited", name=name, what=what))
        if basis.source_date:
            dated = setting.say("case.law.dated", dated=basis.source_date, checked=basis.checked.isoformat())
        else:
            dated = setting.say("case.law.undated", checked=basis.checked.isoformat())
        yield Paragraph(setting.say("case.law.source", source=basis.source, dated=dated), "note")


def _statement(kind: Kind, setting: Setting) -> Iterator[Block]:
    if boxes := _BOXES[kind]:
        yield Paragraph(setting.say("notice.tick"))
        yield Bullets(tuple(setting.say(f"notice.{kind}.{box}") for box in boxes), boxes=True)
    if kind is not Kind.PLATFORM:
        yield Paragraph(setting.say(f"notice.{kind}.truth"))


def _sender(setting: Setting, wishes: Wishes) -> Iterator[Block]:
    yield Paragraph(setting.say("case.open_point", label=setting.say("case.fact.role")))
    roles = ("self", "parent", "other")
    yield Bullets(tuple(setting.say(f"notice.role.{role}") for role in roles), boxes=True)
    yield Facts(
        (
            fact(setting, "name", _own(wishes.name)),
            fact(setting, "contact", _own(wishes.contact)),
            fact(setting, "signature", None),
        )
    )


def _own(text: str | None) -> str | None:
    return shown(text, longest=_LONGEST_NAME) if text and text.strip() else None
