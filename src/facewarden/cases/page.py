"""A case as one page: where it stands, what was found, who did what, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from facewarden.cases.document import (
    Block,
    Bullets,
    Card,
    Cards,
    Document,
    Fact,
    Facts,
    Grid,
    Paragraph,
    Picture,
    Section,
)
from facewarden.cases.help_lines import ANY, HelpLine, help_for
from facewarden.cases.record import CaseRecord
from facewarden.cases.wording import (
    Setting,
    action_words,
    digest_facts,
    fact,
    finding,
    listed,
    reason_words,
    shown,
)
from facewarden.report.model import Report

MOST_ENTRIES = 500
"""Entries of the custody log on one page, the newest of them."""


def case_page(
    record: CaseRecord,
    report: Report | None,
    setting: Setting,
    *,
    file_name: bool = False,
    jpeg: bytes | None = None,
) -> Document:
    """The page of a case.

    Args:
        file_name: whether the name of the file stands in it.
        jpeg: the picture, which stands blurred in the HTML, and in nothing else.

    Raises:
        UsageError: the country is none.
    """
    made = {
        "check": tuple(finding(report, setting, scale=True)),
        "status": tuple(_status(record, setting, file_name=file_name)),
        "picture": tuple(_picture(record, jpeg, setting)),
        "next": (Bullets(tuple(_next(record, setting))),),
        "help": tuple(help_blocks(_helpful(setting.country), setting)),
        "notices": tuple(_notices(record, setting)),
        "custody": tuple(_custody(record, setting)),
        "limits": tuple(_limits(setting, holds_picture=jpeg is not None)),
    }
    title = setting.say("case.page.title", number=record.number) if record.number else None
    return Document(
        language=setting.language,
        title=title or setting.say("case.page.title_none"),
        facts=(Fact(setting.say("case.made_at"), setting.time(setting.now)),),
        opening=(Paragraph(setting.say("case.page.secret"), "note"),),
        sections=tuple(
            Section(name, setting.say(f"case.section.{name}"), blocks)
            for name, blocks in made.items()
            if blocks
        ),
        foot=(setting.say("case.page.made_with", version=setting.version),),
        letter=False,
    )


def help_blocks(entries: Sequence[HelpLine], setting: Setting) -> Iterator[Block]:
    """The entries as cards, with what is known of how they were come by."""
    yield from _help_opening(entries, setting)
    yield _cards(entries, setting)


def help_page(entries: Sequence[HelpLine], setting: Setting) -> Document:
    """Nothing but the help lines, by country."""
    by_country: dict[str, list[HelpLine]] = {}
    for entry in entries:
        by_country.setdefault(entry.country, []).append(entry)
    return Document(
        language=setting.language,
        title=setting.say("case.section.help"),
        facts=(),
        opening=tuple(_help_opening(entries, setting)),
        sections=tuple(
            Section(
                "help", setting.say("case.help.worldwide") if code == ANY else code, (_cards(found, setting),)
            )
            for code, found in by_country.items()
        ),
        foot=(setting.say("case.page.made_with", version=setting.version),),
        letter=False,
    )


def _help_opening(entries: Sequence[HelpLine], setting: Setting) -> Iterator[Block]:
    yield Paragraph(setting.say("case.help.intro"), "note")
    if all(entry.country == ANY for entry in entries):
        yield Paragraph(setting.say("case.help.none" if setting.country else "case.help.no_country"))


def _cards(entries: Sequence[HelpLine], setting: Setting) -> Cards:
    return Cards(tuple(_card(entry, setting) for entry in entries))


def _helpful(country: str | None) -> tuple[HelpLine, ...]:
    if country:
        return help_for(country)
    return tuple(entry for entry in help_for(None) if entry.country == ANY)


def _card(entry: HelpLine, setting: Setting) -> Card:
    language = setting.language
    facts: list[Fact] = []
    if entry.phone:
        facts.append(fact(setting, "phone", " · ".join(entry.phone)))
    if entry.url:
        facts.append(Fact(setting.say("case.fact.address"), entry.url, link=True))
    if entry.email:
        facts.append(fact(setting, "email", entry.email))
    if entry.always or entry.hours:
        hours = entry.hours.in_language(language) if entry.hours else setting.say("case.help.always")
        facts.append(fact(setting, "hours", hours, foreign=False))
    helps = listed([setting.say(f"case.help.with.{what}") for what in entry.helps_with], setting)
    facts.append(fact(setting, "helps_with", helps, foreign=False))
    facts.append(fact(setting, "for_whom", setting.say(f"case.help.{entry.for_whom}"), foreign=False))
    facts.append(fact(setting, "source", f"{entry.sources[0]} ({_dated(entry, setting)})"))
    return Card(_name(entry, language), entry.note.in_language(language) if entry.note else "", tuple(facts))


_AT_HOME = {"en": (), "zh": ("CN", "HK", "TW"), "ko": ("KR",)}


def _name(entry: HelpLine, language: str) -> str:
    """Its own name, and the English one where a reader of `language` may need it."""
    if entry.name_en.startswith(entry.name):
        return entry.name_en
    return entry.name if entry.country in _AT_HOME[language] else f"{entry.name} ({entry.name_en})"


def _dated(entry: HelpLine, setting: Setting) -> str:
    checked = entry.checked.isoformat()
    if entry.source_date:
        said = setting.say("case.fact.checked_dated", dated=entry.source_date, checked=checked)
    else:
        said = setting.say("case.fact.checked", checked=checked)
    return setting.say("case.fact.third_party", dated=said) if entry.third_party else said


def _status(record: CaseRecord, setting: Setting, *, file_name: bool) -> Iterator[Block]:
    state = record.state.value if record.state else "none"
    facts = [fact(setting, "state", setting.say(f"case.state.{state}"), foreign=False)]
    if record.first_seen:
        facts.append(fact(setting, "first_seen", setting.time(record.first_seen)))
    if record.quarantined_at:
        facts.append(fact(setting, "quarantined", setting.time(record.quarantined_at)))
    if record.destroy_after and record.held:
        facts.append(fact(setting, "destroy_after", record.destroy_after.isoformat()))
    if record.reason.strip():
        words = reason_words(record.reason, "quarantine.begun", setting, by_watch=record.by_watch)
        facts.append(fact(setting, "reason", words))
    yield Facts((*facts, *digest_facts(record, setting, file_name=file_name).facts))


def _picture(record: CaseRecord, jpeg: bytes | None, setting: Setting) -> Iterator[Block]:
    if jpeg is not None:
        yield Picture(
            jpeg=jpeg,
            description=setting.say("case.page.picture_alt", number=record.number or ""),
            warning=setting.say("case.page.holds_picture"),
            ask=setting.say("case.page.show_picture"),
        )


def _next(record: CaseRecord, setting: Setting) -> Iterator[str]:
    yield setting.say("case.next.danger")
    if record.number is None:
        yield setting.say("case.next.no_vault_keep")
    else:
        yield setting.say("case.next.held_keep" if record.held else "case.next.gone_keep")
        yield setting.say("case.next.remove", number=record.number)
        yield setting.say("case.next.police", number=record.number)
        if record.held:
            yield setting.say("case.next.package", number=record.number)
    yield setting.say("case.next.minor")


def _notices(record: CaseRecord, setting: Setting) -> Iterator[Block]:
    if notices := [made for made in record.notices if made.what.startswith("notice.")]:
        head = tuple(setting.say(f"case.table.{name}") for name in ("at", "notice", "actor", "digest"))
        rows = tuple(
            (setting.time(made.at), shown(made.what), shown(made.actor), shown(made.sha256))
            for made in notices[-MOST_ENTRIES:]
        )
        yield Grid(head, rows)


def _custody(record: CaseRecord, setting: Setting) -> Iterator[Block]:
    if not record.custody:
        return
    head = tuple(setting.say(f"case.table.{name}") for name in ("at", "action", "actor", "why"))
    kept = record.custody[-MOST_ENTRIES:]
    yield Grid(
        head,
        tuple(
            (
                setting.time(d.at),
                action_words(d.called, setting),
                shown(d.actor),
                reason_words(d.reason, d.action, setting, by_watch=record.by_watch),
            )
            for d in kept
        ),
    )
    if left := len(record.custody) - len(kept):
        yield Paragraph(
            setting.say("case.table.left_out", count=left, number=record.number or "CASE"), "note"
        )


def _limits(setting: Setting, *, holds_picture: bool) -> Iterator[Block]:
    yield Paragraph(setting.say("case.page.limits_text"))
    if not holds_picture:
        yield Paragraph(setting.say("case.page.no_picture"))
