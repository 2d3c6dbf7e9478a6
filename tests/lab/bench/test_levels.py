from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facewarden.lab.bench.detector import Judgement, Outcome
from facewarden.lab.bench.levels import level_rows, probability_rows
from facewarden.lab.dataset import Item
from facewarden.report.model import Level


def outcome(number: int, label: Any, level: str, score: float | None, *, state: Any = "judged") -> Outcome:
    item = Item(
        Path(f"{label}{number}"), "dev", label, "clip", f"{label} streams", f"{label}{number}", "", "CC0"
    )
    return Outcome(item, state, Judgement(score, level=level, is_probability=True))


OUTCOMES = [
    outcome(0, "real", "no_sign", 0.1),
    outcome(1, "real", "weak", 0.4),
    outcome(2, "real", "inconclusive", None, state="abstained"),
    outcome(3, "real", "", None, state="failed"),
    outcome(0, "fake", "very_likely", 0.9),
    outcome(1, "fake", "likely", 0.8),
]


def test_levels_are_counted_upwards_over_all_files() -> None:
    rows = {row.source: row for row in level_rows(OUTCOMES, rounds=20) if row.label == "real"}
    assert set(rows) == {"real streams", "all clips"}
    found = rows["all clips"]
    assert (found.files, found.judged, found.abstained, found.failed) == (4, 2, 1, 1)
    assert found.flagged == {Level.WEAK: 1, Level.LIKELY: 0, Level.VERY_LIKELY: 0}
    assert found.shares[Level.WEAK].value == 0.25
    # No alarm among four is compatible with many alarms.
    assert found.shares[Level.LIKELY].high == pytest.approx(1 - 0.025 ** (1 / 4))


def test_forgeries_are_counted_too() -> None:
    (found, _) = [row for row in level_rows(OUTCOMES, rounds=20) if row.label == "fake"]
    assert found.flagged == {Level.WEAK: 2, Level.LIKELY: 2, Level.VERY_LIKELY: 1}


def test_probabilities_are_measured_over_judged_files() -> None:
    (found,) = probability_rows(OUTCOMES)
    assert (found.media, found.files, found.forged) == ("all clips", 4, 2)
    assert found.brier == pytest.approx((0.01 + 0.16 + 0.01 + 0.04) / 4)
    assert found.calibration_error == pytest.approx((0.1 + 0.4 + 0.1 + 0.2) / 4)


def test_photos_and_clips_are_measured_together_as_well() -> None:
    photos = [
        replace(each, item=replace(each.item, media="photo"), judgement=replace(each.judgement, score=0.5))
        for each in OUTCOMES[:1] + OUTCOMES[4:5]
    ]
    clips, photo, both = probability_rows(OUTCOMES + photos)
    assert [row.media for row in (clips, photo, both)] == ["all clips", "all photos", "all files"]
    assert (both.files, both.forged) == (6, 3)
    assert both.brier == pytest.approx((4 * clips.brier + 2 * photo.brier) / 6)
    # In the middle as many are forged as was said; elsewhere the errors are those of the clips.
    assert photo.calibration_error == 0.0
    assert both.calibration_error == pytest.approx(4 / 6 * clips.calibration_error)


def test_scores_that_are_no_probabilities_are_left_out() -> None:
    item = OUTCOMES[0].item
    assert probability_rows([Outcome(item, "judged", Judgement(17.0))]) == ()
    assert level_rows([]) == ()
