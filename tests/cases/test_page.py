"""What a page of a case shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

import fabricated
from facewarden.cases.document import Document, Grid, Picture, Scale
from facewarden.cases.help_lines import help_for, help_lines
from facewarden.cases.page import MOST_ENTRIES, case_page, help_page
from facewarden.cases.views.text import as_text
from facewarden.messages import LANGUAGES, say
from facewarden.vault.cases import State
from tests.cases.making import BARE, NUMBER, SHA256, record, setting


def names(document: Document) -> list[str]:
    return [section.name for section in document.sections]


def grid(document: Document, name: str) -> Grid:
    blocks = next(section.blocks for section in document.sections if section.name == name)
    return next(block for block in blocks if isinstance(block, Grid))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_every_language(language: str) -> None:
    page = case_page(record(custody=4), fabricated.clip_report(language), setting(language, "KR"))
    assert names(page) == ["check", "status", "next", "help", "notices", "custody", "limits"]
    written = as_text(page)
    for what in (
        NUMBER,
        SHA256,
        say("verdict.clip.likely", language),
        "1366",
        say("case.page.no_picture", language),
    ):
        assert what in written
    assert not page.holds_picture


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_tells_pages_from_notices(language: str) -> None:
    known = record(custody=4)
    made = replace(known.custody[-1], what="page.ko.html")
    page = case_page(replace(known, custody=(*known.custody, made)), None, setting(language))
    assert [row[1] for row in grid(page, "custody").rows[-2:]] == [
        say("case.action.notice_made", language),
        say("case.action.page_made", language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_of_the_program_are_in_the_language_and_those_of_people_as_typed(language: str) -> None:
    known = record(custody=3)
    begun, done, read = known.custody
    deeds = (
        replace(begun, reason="rules: weak\x1b[2J"),
        done,
        replace(read, reason="picture for a page"),
        replace(read, reason="forged <b>"),
    )
    taken = replace(known, reason=deeds[0].reason, by_watch=True, custody=deeds)
    rules = say("case.reason.rules", language, rules="weak\ufffd[2J")
    page = case_page(taken, None, setting(language))
    assert [row[3] for row in grid(page, "custody").rows] == [
        rules,
        "asked by the family",
        say("case.reason.picture", language),
        "forged <b>",
    ]
    assert f"{say('case.fact.reason', language)}{'：' if language == 'zh' else ': '}{rules}" in as_text(page)
    typed = case_page(replace(taken, by_watch=False), None, setting(language))
    assert grid(typed, "custody").rows[0][3] == "rules: weak\ufffd[2J"


def test_a_destroyed_case_says_so_and_offers_no_package() -> None:
    written = as_text(case_page(record(State.DESTROYED), None, setting()))
    assert say("case.state.destroyed", "en") in written
    assert say("case.next.gone_keep", "en") in written
    assert "vault package" not in written


def test_a_file_without_case_and_report_has_a_page_too() -> None:
    page = case_page(BARE, None, setting())
    assert names(page) == ["check", "status", "next", "help", "limits"]
    assert say("case.state.none", "en") in as_text(page)


def test_only_the_newest_entries_of_a_long_log_are_shown() -> None:
    page = case_page(record(custody=MOST_ENTRIES + 7), None, setting())
    assert len(grid(page, "custody").rows) == MOST_ENTRIES
    assert say("case.table.left_out", "en", count=7, number=NUMBER) in as_text(page)


def test_notices_are_listed_with_their_digests() -> None:
    rows = grid(case_page(record(custody=4), None, setting()), "notices").rows
    assert rows == (("2026-11-25T09:33:00Z", "notice.police.ko.pdf", "ann", SHA256),)


def test_what_could_not_be_checked_is_no_finding() -> None:
    page = case_page(record(), fabricated.failed_report("en"), setting())
    scales = [b for section in page.sections for b in section.blocks if isinstance(b, Scale)]
    assert scales == [Scale("error", "not checked")]


def test_the_name_of_the_file_and_the_picture_are_there_only_when_asked_for() -> None:
    assert "clip.mp4" not in as_text(case_page(record(), None, setting()))
    page = case_page(record(), None, setting(), file_name=True, jpeg=b"\xff\xd8")
    assert "clip.mp4" in as_text(page)
    assert [b for s in page.sections for b in s.blocks if isinstance(b, Picture)]
    assert "\xff" not in repr(page)
    assert say("case.page.no_picture", "en") not in as_text(page)


def test_without_a_country_only_places_for_all_are_named() -> None:
    written = as_text(case_page(record(), None, setting()))
    assert "StopNCII" in written
    assert "1366" not in written
    assert say("case.help.no_country", "en") in written
    assert say("case.help.none", "en") not in written
    assert say("case.help.none", "en") in as_text(case_page(record(), None, setting(country="BR")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_says_of_when_its_source_is_or_that_it_bears_no_date(language: str) -> None:
    written = as_text(help_page(help_for(None), setting(language)))
    told = {
        entry.id: say(
            "case.fact.checked_dated", language, dated=entry.source_date, checked=str(entry.checked)
        )
        if entry.source_date
        else say("case.fact.checked", language, checked=str(entry.checked))
        for entry in help_lines()
    }
    assert 0 < sum(entry.source_date is None for entry in help_lines()) < len(told)
    for sentence in set(told.values()):
        assert written.count(sentence) == list(told.values()).count(sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_help_lines_holds_each_with_its_source(language: str) -> None:
    written = as_text(help_page(help_lines(), setting(language)))
    for entry in help_lines():
        assert entry.name in written
        assert entry.sources[0] in written
    told = say("case.fact.third_party", language, dated="").rstrip("；, ;")
    assert written.count(told) == sum(entry.third_party for entry in help_lines()) > 0
    assert say("case.help.intro", language) in written
    elsewhere, none = (
        as_text(help_page(help_for("BR"), setting(language, "BR"))),
        say("case.help.none", language),
    )
    assert "StopNCII" in elsewhere
    assert none in elsewhere
    assert none not in written
