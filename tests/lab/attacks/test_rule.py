"""What an attacker aims at is what the check goes by."""

from __future__ import annotations

import pytest

from facewarden.cues.frame_forgery import MODEL, NAME
from facewarden.lab.attacks import rule as rules
from facewarden.lab.attacks.rule import Rule
from facewarden.models import model_card
from facewarden.report.model import Level
from facewarden.verdict import calibration
from facewarden.verdict.judgement import judge_llr


def level(logit: float) -> Level:
    in_use = calibration.default()
    return judge_llr(in_use.cues[NAME].llr(logit), in_use, height_px=200.0).level


def test_the_limit_is_where_the_level_changes() -> None:
    limit = Rule.in_use().no_sign
    assert level(limit - 0.001) is Level.NO_SIGN
    assert level(limit + 0.001) is not Level.NO_SIGN


def test_a_card_without_a_number_for_copies_asks_nothing_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    card = model_card(MODEL)
    assert Rule.in_use().unstable == card.moment_thresholds["unstable"]
    bare = card.model_copy(update={"moment_thresholds": {"unclear": 0.5, "seen": 1.5}})
    monkeypatch.setattr(rules, "model_card", lambda name: bare)
    assert Rule.in_use().unstable == float("inf")
