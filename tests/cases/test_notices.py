"""What a notice says, to whom, and what it never says."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import replace

import pytest

import fabricated
from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.views.text import as_text
from facewarden.messages import LANGUAGES, say
from facewarden.report.model import Report
from facewarden.vault.cases import State
from tests.cases.making import BARE, HOSTILE, MD5, NUMBER, PDQ, SHA256, record, setting

URL = "https://example.com/a.html"


def text(
    kind: Kind = Kind.PLATFORM,
    language: str = "en",
    *,
    report: Report | None = None,
    country: str | None = None,
    wishes: Wishes | None = None,
) -> str:
    return as_text(notice(kind, record(), report, setting(language, country), wishes or Wishes((URL,))))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_notice_says_what_where_when_and_what_was_found(kind: Kind, language: str) -> None:
    report = fabricated.clip_report(language)
    written = text(kind, language, report=report)
    for what in (say(f"notice.{kind}.title", language), NUMBER, URL, "2026-11-25T09:30:00Z"):
        assert what in written
    assert say("verdict.clip.likely", language) in written
    assert say("report.fpr_clip", language, of=100) in written
    assert say("report.one_check", language) in written
    if kind is not Kind.SCHOOL:
        assert all(digest in written for digest in (SHA256, MD5, PDQ))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_perceptual_hash_is_spoken_of_where_one_is_stated(language: str) -> None:
    without, words = replace(record(), pdq=None), say("notice.no_picture_pdq", language)
    assert words in text(language=language)
    written = as_text(notice(Kind.POLICE, without, None, setting(language), Wishes()))
    assert words not in written
    assert say("notice.no_picture", language) in written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_the_probability_is_told_with_what_it_is_not(kind: Kind, language: str) -> None:
    written = text(kind, language, report=fabricated.clip_report(language))
    assert say("report.probability_value", language, percent=91) in written
    assert say("html.method_probability", language) in written
    unjudged = text(kind, language, report=fabricated.faceless_report(language))
    assert say("report.probability_none", language) in unjudged
    assert "%" not in unjudged
    assert say("report.probability", language) not in text(
        kind, language, report=fabricated.failed_report(language)
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_the_mark_of_a_test_forgery_is_told_and_excuses_nothing(kind: Kind, language: str) -> None:
    report = fabricated.clip_report(language)
    assert report.provenance is not None
    sentences = [say(key, language) for key in ("cue.provenance.lab_mark", "case.check.lab_mark")]
    marked = report.model_copy(
        update={"provenance": report.provenance.model_copy(update={"lab_marked": True})}
    )
    assert all(sentence in text(kind, language, report=marked) for sentence in sentences)
    assert not any(sentence in text(kind, language, report=report) for sentence in sentences)
    unknown = report.model_copy(update={"provenance": None})
    assert say("report.origin_none", language) in text(kind, language, report=unknown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sign_is_passed_on_with_its_caution(language: str) -> None:
    report = fabricated.clear_report(language)
    assert say("verdict.photo.no_sign", language) in text(language=language, report=report)


def test_without_a_report_nothing_is_said_to_have_been_found() -> None:
    assert say("case.check.none", "en") in text()
    assert "likely" not in text()


@pytest.mark.parametrize("kind", list(Kind))
def test_the_name_of_the_file_and_the_reason_stay_out(kind: Kind) -> None:
    assert not re.search(r"clip\.mp4|forged clip", text(kind))


def test_the_name_of_the_file_is_in_when_asked_for() -> None:
    assert "clip.mp4" in text(wishes=Wishes(file_name=True))


def test_what_is_not_known_is_left_to_be_filled_in() -> None:
    written = as_text(notice(Kind.PLATFORM, BARE, None, setting(), Wishes()))
    blanks = [line for line in written.splitlines() if line.endswith("_" * 40)]
    assert [line.partition(":")[0] for line in blanks] == [
        "No address was given. Please add it here",
        "First seen",
        "Name",
        "How to reach me",
        "Place, date, signature",
    ]
    assert say("case.no_case", "en") in written


def test_name_and_contact_are_those_of_the_sender() -> None:
    written = text(wishes=Wishes(name="Kim 김", contact="  a@b.c\n"))
    assert "Name: Kim 김\n" in written
    assert "How to reach me: a@b.c\n" in written
    assert "Name: ____" in text(wishes=Wishes(name="  "))


def test_addresses_are_defanged_on_demand() -> None:
    written = text(wishes=Wishes((URL,), defang=True))
    assert "hxxps://example[.]com/a[.]html" in written
    assert URL not in written


def test_law_is_named_for_a_country_only_and_with_its_source() -> None:
    assert "119-12" not in text()
    written = text(country="US")
    assert "119-12" in written
    assert re.search(r"Source: https://\S+ \(source .*2026-11-26\)\.", written)
    assert "제22조의5" in text(language="ko", country="KR")
    assert "第一千一百九十五条" in text(language="zh", country="CN")


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    seoul = setting("ko", zone=zoneinfo.ZoneInfo("Asia/Seoul"))
    assert "2026-11-25T18:30:00+09:00" in as_text(notice(Kind.POLICE, record(), None, seoul, Wishes()))


@pytest.mark.parametrize(
    ("state", "which"),
    [
        (State.QUARANTINED, "held"),
        (State.RELEASED, "held"),
        (State.RESTORED, "gone"),
        (State.DESTROYED, "gone"),
    ],
)
def test_the_police_learn_whether_the_evidence_is_still_there(state: State, which: str) -> None:
    written = as_text(notice(Kind.POLICE, record(state), None, setting(), Wishes()))
    assert say(f"notice.police.evidence_{which}", "en") in written


def test_what_strangers_wrote_stays_on_its_line() -> None:
    report = fabricated.clip_report("en").model_copy(update={"path": HOSTILE})
    wishes = Wishes((URL,), name=HOSTILE + "\nName: somebody else", contact="x" * 5000, file_name=True)
    written = as_text(notice(Kind.PLATFORM, record(hostile=HOSTILE), report, setting(), wishes))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", written)
    assert len(re.findall("^Name: ", written, re.MULTILINE)) == 1
    assert max(map(len, written.splitlines())) < 1000
