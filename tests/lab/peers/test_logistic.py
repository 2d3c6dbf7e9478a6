from __future__ import annotations

import numpy as np
import pytest

from facewarden.lab.bench.metrics import auc
from facewarden.lab.peers.headers import Header
from facewarden.lab.peers.logistic import HeaderModel, cross_validated_numbers, cross_validated_scores


def headers(values: list[float], words: list[str] | None = None) -> list[Header]:
    return [
        Header("photo", {"size": value}, {"codec": (words or ["jpeg"] * len(values))[n]})
        for n, value in enumerate(values)
    ]


def test_a_threshold_is_learnt() -> None:
    values = [float(v) for v in range(1, 81)]
    is_fake = np.array(values) < 40
    model = HeaderModel.fit(headers(values), is_fake)
    assert auc(model.scores(headers(values)), is_fake) == pytest.approx(1.0, abs=0.01)


def test_a_range_in_the_middle_is_learnt_too() -> None:
    values = [float(v) for v in range(1, 201)]
    is_fake = (np.array(values) > 80) & (np.array(values) < 120)
    assert auc(HeaderModel.fit(headers(values), is_fake).scores(headers(values)), is_fake) > 0.95


def test_words_are_learnt_and_unknown_words_are_borne() -> None:
    words = ["h264", "hevc"] * 20
    is_fake = np.array([word == "hevc" for word in words])
    model = HeaderModel.fit(headers([1.0] * 40, words), is_fake)
    seen, other, unknown = model.scores(headers([1.0] * 3, ["hevc", "h264", "av1"]))
    assert other < unknown < seen


def test_both_classes_weigh_the_same() -> None:
    """Nothing to learn from: the logit of any file is that of even odds, however rare forgeries are."""
    is_fake = np.array([True] * 3 + [False] * 97)
    model = HeaderModel.fit(headers([5.0] * 100), is_fake)
    assert model.scores(headers([5.0]))[0] == pytest.approx(0.0, abs=1e-3)


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="both classes"):
        HeaderModel.fit(headers([1.0, 2.0]), np.array([True, True]))


def test_cross_validation_learns_no_cluster_by_heart() -> None:
    """Each cluster has a size of its own and a random label: only known clusters can be told."""
    generator = np.random.default_rng(0)
    labels = generator.permutation([True, False] * 40)
    sizes = generator.uniform(1, 1000, 80)
    values = [float(size) for size in sizes for _ in range(4)]
    is_fake = np.repeat(labels, 4)
    names = [str(n) for n in range(80) for _ in range(4)]
    apart = auc(cross_validated_scores(headers(values), is_fake, names), is_fake)
    by_heart = auc(HeaderModel.fit(headers(values), is_fake).scores(headers(values)), is_fake)
    assert apart < 0.62 < by_heart


def test_cross_validation_finds_what_is_there_and_repeats() -> None:
    values = [float(v) for v in range(1, 61)]
    is_fake = np.array(values) < 30
    names = [str(n) for n in range(60)]
    scores = cross_validated_scores(headers(values), is_fake, names, seed=1)
    assert auc(scores, is_fake) > 0.98
    assert np.array_equal(scores, cross_validated_scores(headers(values), is_fake, names, seed=1))


def test_cross_validation_abstains_where_a_class_has_one_cluster() -> None:
    scores = cross_validated_scores(headers([1.0, 2.0, 3.0]), np.array([True, False, False]), ["a", "b", "c"])
    assert np.isnan(scores[0])


def test_numbers_are_cross_validated_alike() -> None:
    rng = np.random.default_rng(4)
    is_fake = np.arange(80) % 2 == 0
    names = [f"p{n // 2}" for n in range(80)]
    told = [{"a": float(fake) + rng.normal(0, 0.3), "b": rng.normal()} for fake in is_fake]
    untold = [{"a": rng.normal(), "b": rng.normal()} for _ in is_fake]
    assert auc(cross_validated_numbers(told, is_fake, names), is_fake) > 0.95
    assert 0.3 < auc(cross_validated_numbers(untold, is_fake, names), is_fake) < 0.7


def test_a_number_that_names_the_person_tells_nothing_of_others() -> None:
    is_fake = np.arange(40) % 2 == 0
    rows = [{"person": float(n // 10)} for n in range(40)]
    scores = cross_validated_numbers(rows, is_fake, [f"p{n // 10}" for n in range(40)], folds=4)
    assert auc(scores, is_fake) == pytest.approx(0.5)
