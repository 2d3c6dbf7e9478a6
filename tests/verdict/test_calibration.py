"""Scores become ratios, and thresholds mean the rates that they state."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facewarden.errors import ModelError
from facewarden.report.model import Level, Trial
from facewarden.verdict import calibration
from facewarden.verdict.calibration import (
    CueMap,
    WornMap,
    fit_logistic,
    fit_worn_logistic,
    genuine_quantile,
)
from tests.verdict.making import CALIBRATION

scores = hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-50, 50, width=32))
tied = hnp.arrays(np.float64, st.integers(1, 200), elements=st.integers(0, 4).map(float))


@given(st.one_of(scores, tied), st.floats(0, 1))
def test_at_most_the_rate_lies_at_or_above(genuine: np.ndarray, rate: float) -> None:
    threshold = genuine_quantile(genuine, rate)
    assert (genuine >= threshold).mean() <= rate


@given(scores, st.floats(0, 1))
def test_no_lower_threshold_would_do(genuine: np.ndarray, rate: float) -> None:
    threshold = genuine_quantile(genuine, rate)
    if np.isfinite(threshold):
        assert (genuine >= np.nextafter(threshold, -np.inf)).mean() > rate


@given(scores, st.floats(0, 1), st.floats(0, 1))
def test_a_lower_rate_has_a_higher_threshold(genuine: np.ndarray, a: float, b: float) -> None:
    assert genuine_quantile(genuine, min(a, b)) >= genuine_quantile(genuine, max(a, b))


def test_the_order_of_the_genuine_does_not_matter() -> None:
    genuine = np.arange(100.0)
    shuffled = np.random.default_rng(0).permutation(genuine)
    assert genuine_quantile(genuine, 0.05) == genuine_quantile(shuffled, 0.05)
    assert (genuine >= genuine_quantile(genuine, 0.05)).sum() == 5


def test_a_known_logistic_model_is_found_again() -> None:
    """Two normal classes of one spread have the ratio (m1 - m0) / s^2 * (x - middle) exactly."""
    rng = np.random.default_rng(5)
    genuine, forged = rng.normal(-1, 1.5, 60_000), rng.normal(2, 1.5, 20_000)
    slope, intercept = fit_logistic(genuine, forged)
    assert slope == pytest.approx(3 / 1.5**2, rel=0.04)
    assert -intercept / slope == pytest.approx(0.5, abs=0.04)


def test_classes_weigh_the_same_however_many_they_are() -> None:
    rng = np.random.default_rng(6)
    genuine, forged = rng.normal(0, 1, 4000), rng.normal(2, 1, 4000)
    even = fit_logistic(genuine, forged)
    uneven = fit_logistic(np.tile(genuine, 9), forged)
    assert uneven == pytest.approx(even, rel=0.01)


def test_classes_that_do_not_overlap_stay_finite() -> None:
    slope, intercept = fit_logistic(np.array([-3.0, -2.0, -1.0]), np.array([1.0, 2.0, 3.0]))
    assert slope > 0
    assert math.isfinite(slope)
    assert math.isfinite(intercept)
    # Platt's targets: three of a kind allow no more than 4 to 1 at the far end.
    assert abs(slope * 3 + intercept) < 10


def test_scores_that_say_nothing() -> None:
    same = np.random.default_rng(0).normal(0, 1, 500)
    slope, intercept = fit_logistic(same, same)
    assert slope == pytest.approx(0, abs=0.01)
    assert intercept == pytest.approx(0, abs=0.01)


def _even(*classes: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(np.full(len(x), 0.5 / len(x)) for x in classes)


def test_what_wear_does_to_a_known_model_is_found_again() -> None:
    """At wear 0 the classes lie 3 apart around .5, at wear 1 only 1 apart around 1; the spread is 1.5 throughout."""
    rng = np.random.default_rng(7)
    wear = rng.uniform(0, 1, (2, 60_000))
    middle, half = 0.5 + 0.5 * wear, 1.5 - wear
    genuine, forged = (
        np.column_stack([rng.normal(middle[n] + sign * half[n], 1.5), wear[n]])
        for n, sign in enumerate((-1, 1))
    )
    slope, intercept, worn = fit_worn_logistic(genuine, forged, _even(genuine, forged))
    cue = CueMap(slope=slope, intercept=intercept, bound=50, worn=worn)
    assert cue.llr(2.0) == pytest.approx(3 / 1.5**2 * 1.5, abs=0.15)
    assert cue.llr(2.0, wear=1.0) == pytest.approx(1 / 1.5**2 * 1.0, abs=0.15)
    assert cue.llr(-1.0, wear=0.0) == pytest.approx(3 / 1.5**2 * -1.5, abs=0.15)


def test_wear_that_tells_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    scores = rng.normal(-1, 1, 40_000), rng.normal(1, 1, 40_000)
    classes = [np.column_stack([x, rng.uniform(0, 1, len(x))]) for x in scores]
    slope, intercept, worn = fit_worn_logistic(classes[0], classes[1], _even(*scores))
    assert (worn.slope, worn.intercept) == (pytest.approx(0, abs=0.15), pytest.approx(0, abs=0.15))
    assert (slope, intercept) == (pytest.approx(2, abs=0.15), pytest.approx(0, abs=0.15))


def test_shares_say_what_weighs() -> None:
    rng = np.random.default_rng(9)
    a, b = (np.column_stack([rng.normal(m, 1, 3000), np.zeros(3000)]) for m in (0.0, 2.0))
    shifted = np.add(a, [1.5, 0])
    both = np.concatenate([a, shifted])
    first = np.r_[np.full(3000, 0.5 / 3000), np.zeros(3000)]
    told = fit_worn_logistic(both, b, (first, _even(b)[0]))
    assert told[:2] == pytest.approx(fit_logistic(a[:, 0], b[:, 0]), abs=0.01)


@given(st.floats(-3, 3), st.floats(0, 1))
def test_wear_moves_slope_and_intercept_in_proportion(score: float, wear: float) -> None:
    cue = CueMap(slope=2, intercept=0.5, bound=99, worn=WornMap(slope=-1.5, intercept=-0.75))
    assert cue.llr(score) == pytest.approx(2 * score + 0.5)
    assert cue.llr(score, wear=wear) == pytest.approx((2 - 1.5 * wear) * score + 0.5 - 0.75 * wear)
    assert CueMap(slope=2, intercept=0.5, bound=99).llr(score, wear=wear) == cue.llr(score)


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.1, 6), st.floats(-1e6, 1e6))
def test_no_cue_says_more_than_its_bound(slope: float, intercept: float, bound: float, score: float) -> None:
    assert abs(CueMap(slope=slope, intercept=intercept, bound=bound).llr(score)) <= bound


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_probability_rises_with_the_ratio(a: float, b: float) -> None:
    low, high = sorted((CALIBRATION.probability(a), CALIBRATION.probability(b)))
    assert 0 <= low <= high <= 1
    assert (CALIBRATION.probability(a) <= CALIBRATION.probability(b)) == (a <= b or low == high)


def test_probability_without_evidence_is_the_prior() -> None:
    assert CALIBRATION.probability(0.0) == pytest.approx(CALIBRATION.prior)
    # Four faces, of which at least one is forged with the prior's probability.
    each = CALIBRATION.probability(0.0, faces=4)
    assert 1 - (1 - each) ** 4 == pytest.approx(CALIBRATION.prior)


def test_a_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(CALIBRATION.model_dump_json(), encoding="utf-8")
    assert calibration.load(path) == CALIBRATION


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        calibration.load(tmp_path / "missing.json")
    path = tmp_path / "calibration.json"
    for text in ("", "{}", "[1]", json.dumps(CALIBRATION.model_dump() | {"surprise": 1})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ModelError, match="is not one"):
            calibration.load(path)


@given(scores, scores)
def test_any_scores_give_finite_numbers_that_put_the_means_right(
    genuine: np.ndarray, forged: np.ndarray
) -> None:
    """At the optimum the weighted residuals sum to zero: with it the map is neither too sure nor too shy."""
    slope, intercept = fit_logistic(genuine, forged)
    assert math.isfinite(slope)
    assert math.isfinite(intercept)
    n, m = len(genuine), len(forged)
    given_targets = (1 / (n + 2) + (m + 1) / (m + 2)) / 2
    said = [np.mean(1 / (1 + np.exp(-np.clip(slope * x + intercept, -700, 700)))) for x in (genuine, forged)]
    assert np.mean(said) == pytest.approx(given_targets, abs=0.01)


def test_each_level_has_its_threshold_and_the_others_none() -> None:
    limits = CALIBRATION.thresholds
    assert [limits.of(level) for level in (Level.WEAK, Level.LIKELY, Level.VERY_LIKELY)] == [
        limits.weak, limits.likely, limits.very_likely,
    ]  # fmt: skip
    assert limits.of(Level.NO_SIGN) is limits.of(Level.INCONCLUSIVE) is None


def test_what_is_found_is_told_of_the_kind_of_media_where_it_is_known() -> None:
    clips = Trial(genuine=14, flagged=0, forged=13, found=5)
    known = CALIBRATION.thresholds.weak.model_copy(update={"tested": {"clip": clips}})
    assert (known.found_in("clip"), known.found_in("photo")) == (0.3846, 0.8)
    none = Trial(genuine=3, flagged=0, forged=0, found=0)
    assert known.model_copy(update={"tested": {"photo": none}}).found_in("photo") == 0.0
