from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fabricated
from facewarden.messages import LANGUAGES
from facewarden.report import wording
from facewarden.report.model import Level, Report, Sentence, Trial
from facewarden.report.wording import (
    alarms_right,
    by_weight,
    bytes_words,
    cautions,
    clock,
    headline,
    one_in,
    probability_words,
    said,
    stretch,
    telling_spans,
    visible,
)


def test_examples_in_the_documentation() -> None:
    results = doctest.testmod(wording)
    assert results.attempted > 0
    assert results.failed == 0


@given(st.floats(0, 1e6))
def test_clock_never_runs_ahead_and_is_less_than_a_second_behind(seconds: float) -> None:
    total = 0
    for part in clock(seconds).split(":"):
        total = 60 * total + int(part)
    assert seconds - 1 < total <= seconds + 1e-6


def test_a_stretch_within_one_second_of_a_long_clip_is_a_single_time() -> None:
    assert stretch(61.2, 61.4) == "1:01"
    assert stretch(0.2, 1.4) == "0:00.2–0:01.4"


@given(st.floats(1e-6, 1))
def test_one_in_is_near_the_rate(rate: float) -> None:
    assert 1 / one_in(rate) == pytest.approx(rate, rel=0.5)


@pytest.mark.parametrize("rate", [0, -0.1, 1.5])
def test_one_in_refuses_what_is_no_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be in"):
        one_in(rate)


def test_base_rate_is_the_arithmetic_of_bayes() -> None:
    # 1,000,000 recordings: 1,000 manipulated (900 found), 999,000 genuine (9,990 flagged at 1 %).
    assert alarms_right(0.01, 0.9) == round(100 * 900 / (900 + 9990)) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_probability_never_reads_as_certainty(language: str) -> None:
    for probability in (0.0, 1e-9, 0.9999, 1.0):
        assert "100%" not in probability_words(probability, language)
        assert " 0%" not in probability_words(probability, language)
    assert "87" in probability_words(0.874, language)
    assert not any(character.isdigit() for character in probability_words(None, language))


@given(st.integers(0, 10**13))
def test_sizes_are_short(size: int) -> None:
    assert len(bytes_words(size)) <= 10


@pytest.mark.parametrize(
    "hostile", ["\x1b[31mred", "a\nb", "gpj.\u202eexe", "\x9b2J", "\u2028", "\x00", "\ud800"]
)
def test_visible_takes_away_what_steers_a_terminal_or_turns_the_line(hostile: str) -> None:
    shown = visible(hostile)
    assert len(shown) == len(hostile)
    assert "\ufffd" in shown
    assert shown.isprintable()
    assert visible("안녕 你好 é 🙂") == "안녕 你好 é 🙂"


def test_an_unknown_sentence_falls_back_to_its_text() -> None:
    assert said(Sentence(id="cue.theirs.seen", text="Their words\x1b[0m."), "ko") == "Their words\ufffd[0m."
    lacking = Sentence(id="cue.frame_forgery.seen", params={}, text="Without its parameters.")
    assert said(lacking, "en") == "Without its parameters."


def test_a_sentence_is_said_in_the_language_asked_for() -> None:
    assert said(fabricated.clip_report("en").sentence, "zh") == fabricated.clip_report("zh").sentence.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_cautions_state_the_rate_the_base_rate_and_that_it_is_no_proof(language: str) -> None:
    rate, base, proof = cautions(fabricated.clip_report(), language)
    assert "100" in rate
    # As measured (90 of 100 found, 1 in 100 flagged), and what follows where 1 in 1,000 is manipulated.
    assert "90" in base
    assert re.search(r"\b8\b", re.sub(r"[^\d ]", " ", base))
    assert proof


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("media", ["photo", "clip"])
def test_where_few_files_were_tested_they_are_counted_instead(language: str, media: str) -> None:
    few = Trial(genuine=17, flagged=2, forged=13, found=5)
    report = fabricated.clip_report().model_copy(update={"media": media, "tested": few})
    _, said, _ = cautions(report, language)
    assert sorted(map(int, re.findall(r"\d+", said))) == [2, 5, 13, 17]


def test_where_many_were_tested_they_are_not() -> None:
    many = Trial(genuine=100, flagged=1, forged=100, found=90)
    report = fabricated.clip_report().model_copy(update={"tested": many})
    assert cautions(report, "en") == cautions(fabricated.clip_report(), "en")


def test_without_a_measured_rate_nothing_is_said_of_the_base_rate() -> None:
    report = fabricated.clip_report().model_copy(update={"true_positive_rate": None})
    assert len(cautions(report, "en")) == 2


@pytest.mark.parametrize(
    "report", [fabricated.clear_report(), fabricated.failed_report(), fabricated.faceless_report()]
)
def test_no_alarm_no_caution_about_alarms(report: Report) -> None:
    assert cautions(report, "en") == ()


def test_headline_gives_the_reason_where_there_is_no_verdict() -> None:
    report = fabricated.clip_report().model_copy(
        update={
            "level": Level.INCONCLUSIVE, "abstained": True, "reason": "too_blurred",
            "sentence": fabricated.sentence("verdict.clip.inconclusive"),
        }
    )  # fmt: skip
    assert headline(report, "en")[1] == "The face is too blurred."
    assert len(headline(fabricated.faceless_report(), "en")) == 1


def test_an_error_is_said_in_the_language_of_the_view() -> None:
    assert headline(fabricated.failed_report("en"), "ko") == headline(fabricated.failed_report("ko"), "ko")
    odd = fabricated.failed_report().model_copy(update={"reason": "never_heard_of", "error": "Odd thing."})
    assert headline(odd, "ko")[1] == "Odd thing."


def test_telling_spans_come_only_from_cues_that_speak_for_it() -> None:
    faces = fabricated.clip_report().faces
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in telling_spans(faces)] == [
        (4.5, 7.5),
        (14.25, 17.25),
    ]
    assert telling_spans([faces[1]]) == ()
    assert len(telling_spans([faces[0], faces[0]])) == 1
    assert telling_spans([faces[0].model_copy(update={"level": Level.NO_SIGN})]) == ()


def test_by_weight_puts_the_clearest_first_and_loses_nothing() -> None:
    ordered = by_weight(fabricated.folder())
    assert [report.level for report in ordered][:3] == [Level.VERY_LIKELY, Level.LIKELY, Level.WEAK]
    assert ordered[-1].level is Level.NO_SIGN
    assert sorted(r.path for r in ordered) == sorted(r.path for r in fabricated.folder())
