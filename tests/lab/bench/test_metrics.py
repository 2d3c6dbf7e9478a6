from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.lab.bench import metrics

Sample = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Scores on a coarse grid, so that ties are common, with both classes."""
    size = draw(st.integers(2, 40))
    scores = draw(st.lists(st.integers(-8, 8), min_size=size, max_size=size))
    labels = draw(st.lists(st.booleans(), min_size=size, max_size=size).filter(lambda x: len(set(x)) == 2))
    return np.array(scores, float) / 4, np.array(labels)


def brute_auc(scores: npt.NDArray[np.float64], is_fake: npt.NDArray[np.bool_]) -> float:
    duels = [
        1.0 if fake > real else 0.5 if fake == real else 0.0
        for fake in scores[is_fake]
        for real in scores[~is_fake]
    ]
    return sum(duels) / len(duels)


@settings(deadline=None)
@given(samples())
def test_auc_is_the_share_of_duels_won(sample: Sample) -> None:
    assert metrics.auc(*sample) == pytest.approx(brute_auc(*sample))


@settings(deadline=None)
@given(samples())
def test_auc_of_turned_scores_completes_it(sample: Sample) -> None:
    scores, is_fake = sample
    assert metrics.auc(scores, is_fake) + metrics.auc(-scores, is_fake) == pytest.approx(1)
    assert metrics.auc(scores, is_fake) + metrics.auc(scores, ~is_fake) == pytest.approx(1)


@settings(deadline=None)
@given(samples(), st.sampled_from([np.exp, np.arctan, lambda x: 7 * x - 3, lambda x: x**3]))
def test_auc_and_eer_and_tpr_know_only_the_order(sample: Sample, grow: Any) -> None:
    scores, is_fake = sample
    for measure in (metrics.auc, metrics.equal_error_rate, metrics.tpr_at_fpr):
        assert measure(grow(scores), is_fake) == pytest.approx(measure(scores, is_fake))


def test_auc_by_hand() -> None:
    assert metrics.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75
    assert metrics.auc(np.array([1.0, 1.0]), np.array([False, True])) == 0.5
    assert np.isnan(metrics.auc(np.array([1.0, 2.0]), np.array([True, True])))


@settings(deadline=None)
@given(samples(), st.floats(0, 0.99))
def test_the_threshold_keeps_its_promise_and_is_the_lowest_that_does(sample: Sample, fpr: float) -> None:
    scores, is_fake = sample
    reals = scores[~is_fake]
    threshold = metrics.threshold_at_fpr(scores, is_fake, fpr)
    assert (reals >= threshold).mean() <= fpr + 1e-9
    assert (reals >= np.nextafter(threshold, -np.inf)).mean() > fpr - 1e-9


def test_with_few_genuine_files_none_may_pass() -> None:
    scores = np.array([*range(10), 8.5, 9.5], float)
    is_fake = np.array([False] * 10 + [True, True])
    assert metrics.tpr_at_fpr(scores, is_fake, 0.05) == 0.5
    assert metrics.tpr_at_fpr(scores, is_fake, 0.1) == 1.0


def test_tied_genuine_files_stay_below_together() -> None:
    scores = np.array([0.0] * 18 + [1.0, 1.0] + [1.0])
    is_fake = np.array([False] * 20 + [True])
    assert metrics.tpr_at_fpr(scores, is_fake, 0.05) == 0.0


@settings(deadline=None)
@given(samples())
def test_equal_error_rate_is_where_the_errors_meet(sample: Sample) -> None:
    scores, is_fake = sample
    rate = metrics.equal_error_rate(scores, is_fake)
    assert 0 <= rate <= 1
    # No threshold has both errors below it, and turning the question round changes nothing.
    for threshold in [*scores, np.inf]:
        flagged, missed = (scores[~is_fake] >= threshold).mean(), (scores[is_fake] < threshold).mean()
        assert max(flagged, missed) >= rate - 1e-9
    assert metrics.equal_error_rate(-scores, ~is_fake) == pytest.approx(rate)


def test_equal_error_rate_by_hand() -> None:
    is_fake = np.array([False, False, True, True])
    assert metrics.equal_error_rate(np.array([0.0, 1.0, 2.0, 3.0]), is_fake) == 0.0
    assert metrics.equal_error_rate(np.array([2.0, 3.0, 0.0, 1.0]), is_fake) == 1.0
    assert metrics.equal_error_rate(np.array([0.0, 2.0, 1.0, 3.0]), is_fake) == 0.5


def test_paired_accuracy_counts_ties_half() -> None:
    assert metrics.paired_accuracy(np.array([2.0, 1.0, 0.0, 5.0]), np.array([1.0, 1.0, 3.0, 4.0])) == 0.625
    assert np.isnan(metrics.paired_accuracy(np.array([]), np.array([])))
    with pytest.raises(ValueError, match="alike"):
        metrics.paired_accuracy(np.zeros(2), np.zeros(3))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=30))
def test_swapping_the_twins_completes_paired_accuracy(pairs: list[tuple[int, int]]) -> None:
    fakes, reals = np.array(pairs, float).T
    total = metrics.paired_accuracy(fakes, reals) + metrics.paired_accuracy(reals, fakes)
    assert total == pytest.approx(1)


def test_brier_and_calibration_error_by_hand() -> None:
    probabilities = np.array([0.0, 1.0, 0.8, 0.8, 0.8, 0.8, 0.8])
    is_fake = np.array([False, True, True, True, True, True, False])
    assert metrics.brier(probabilities, is_fake) == pytest.approx((4 * 0.04 + 0.64) / 7)
    assert metrics.calibration_error(probabilities, is_fake) == pytest.approx(0)
    assert metrics.calibration_error(np.full(4, 0.9), np.array([True, False, False, False])) == pytest.approx(
        0.65
    )


def test_chance_alone_leaves_a_calibration_error_that_falls_with_the_files() -> None:
    rng = np.random.default_rng(3)
    few, many = (metrics.calibration_error_by_chance(rng.random(count)) for count in (30, 3000))
    assert few.value > 5 * many.value > 0
    assert few.low < few.value < few.high
    # Drawn from the very probabilities, a truth lies within.
    probabilities = rng.random(3000)
    assert (
        many.low * 0.8
        < metrics.calibration_error(probabilities, rng.random(3000) < probabilities)
        < many.high * 1.2
    )


def test_certain_probabilities_leave_nothing_to_chance() -> None:
    assert metrics.calibration_error_by_chance(np.array([0.0, 1.0, 1.0])).value == 0
    assert not metrics.calibration_error_by_chance(np.array([])).known


@settings(deadline=None)
@given(samples())
def test_calibration_error_is_at_least_the_overall_gap(sample: Sample) -> None:
    scores, is_fake = sample
    probabilities = (scores + 2) / 4
    gap = abs(probabilities.mean() - is_fake.mean())
    assert gap - 1e-9 <= metrics.calibration_error(probabilities, is_fake) <= 1


@pytest.mark.parametrize(
    "measure", [metrics.auc, metrics.tpr_at_fpr, metrics.equal_error_rate, metrics.brier]
)
def test_a_missing_score_is_an_error_and_not_a_number(measure: Any) -> None:
    with pytest.raises(ValueError, match="not judged"):
        measure(np.array([0.5, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="alike"):
        measure(np.array([0.5, 0.5]), np.array([True]))


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).normal(size=30)
    names = [str(n) for n in range(30)]

    def mean(rows: npt.NDArray[np.intp]) -> float:
        return float(values[rows].mean())

    first = metrics.bootstrap(names, mean, seed=3)
    assert first == metrics.bootstrap(names, mean, seed=3)
    assert first != metrics.bootstrap(names, mean, seed=4)
    assert first.low < first.value < first.high


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(2).normal(size=400)
    found = metrics.bootstrap([str(n) for n in range(400)], lambda rows: float(values[rows].mean()))
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)


def test_clusters_widen_the_interval() -> None:
    """Twenty copies of ten people hold what ten people hold."""
    values = np.repeat(np.arange(10.0) % 2, 20)

    def mean(rows: npt.NDArray[np.intp]) -> float:
        return float(values[rows].mean())

    alone = metrics.bootstrap([str(n) for n in range(200)], mean)
    together = metrics.bootstrap([str(n // 20) for n in range(200)], mean)
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_strata_keep_both_classes_in_every_draw() -> None:
    is_fake = np.array([True, False, False])
    counts: list[int] = []

    def fakes(rows: npt.NDArray[np.intp]) -> float:
        counts.append(int(is_fake[rows].sum()))
        return 0.3

    metrics.bootstrap(["a", "b", "c"], fakes, strata=["fake", "real", "real"], rounds=50)
    assert set(counts) == {1}


def test_unanimous_draws_get_the_binomial_bound() -> None:
    """Eleven of eleven is compatible with a true share of .715 at 2.5 %."""
    names = [str(n) for n in range(11)]
    top = metrics.bootstrap(names, lambda rows: 1.0)
    assert (top.value, top.high) == (1.0, 1.0)
    assert top.low**11 == pytest.approx(0.025)
    bottom = metrics.bootstrap(names, lambda rows: 0.0)
    assert (bottom.low, bottom.high) == (0.0, pytest.approx(1 - top.low))


def test_what_cannot_be_measured_is_unknown() -> None:
    assert not metrics.bootstrap([], lambda rows: 1.0).known
    assert not metrics.bootstrap(["a"], lambda rows: float("nan")).known


def test_many_measures_at_once_are_what_each_is_alone() -> None:
    values = np.random.default_rng(0).uniform(size=30)
    names = [f"p{n // 3}" for n in range(30)]
    measures = {
        "mean": lambda rows: float(values[rows].mean()),
        "least": lambda rows: float(values[rows].min()),
        "none": lambda rows: float("nan"),
    }
    together = metrics.bootstrap_all(names, measures, rounds=40, seed=2)
    assert together["none"] == metrics.UNKNOWN
    for name in ("mean", "least"):
        assert together[name] == metrics.bootstrap(names, measures[name], rounds=40, seed=2)
    assert metrics.bootstrap_all([], measures)["mean"] == metrics.UNKNOWN


def test_a_share_has_the_interval_of_wilson() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20.
    for hits, total, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
    ]:
        found = metrics.share(hits, total)
        assert found.value == hits / total
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert not metrics.share(0, 0).known


@given(st.integers(1, 60).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_share_lies_in_its_interval_and_turned_around_it_is_its_mirror(counts: tuple[int, int]) -> None:
    hits, total = counts
    found, turned = metrics.share(hits, total), metrics.share(total - hits, total)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.low == pytest.approx(1 - turned.high, abs=1e-12)
