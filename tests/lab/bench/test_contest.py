from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from facewarden.lab.bench.contest import (
    Contest,
    Verdict,
    contests,
    draws,
    measure,
)
from facewarden.lab.dataset import Item


def item(
    number: int, label: Any, method: str, *, identity: str = "", pair: str = "", media: Any = "photo"
) -> Item:
    return Item(
        path=Path(f"{label}_{method}_{number}"),
        split="dev",
        label=label,
        media=media,
        method=method,
        identity=identity or f"{method}{number}",
        pair=pair,
        licence="CC0",
    )


def paired(count: int, *, people: int = 1000) -> list[Item]:
    return [
        item(n, label, method, identity=f"{label}{n % people}", pair=f"pair{n}")
        for label, method in (("fake", "swap"), ("real", "portraits"))
        for n in range(count)
    ]


def judged(items: Sequence[Item], scores: Sequence[float | None]) -> dict[Item, Verdict]:
    return {i: Verdict("abstained" if s is None else "judged", s) for i, s in zip(items, scores, strict=True)}


def test_twins_meet_their_twins_and_come_first() -> None:
    items = [
        *(item(n, "fake", "flux_lora") for n in range(3)),
        *(item(n, "real", "interviews") for n in range(2)),
        *paired(4),
        item(9, "real", "portraits"),
    ]
    first, second = contests(items)
    assert (first.name, first.against, first.paired, len(first.items)) == ("swap", ("portraits",), True, 8)
    assert (second.name, second.against, second.paired) == ("flux_lora", ("interviews",), False)
    assert len(second.items) == 5


def test_a_forgery_that_lost_its_twin_leaves_the_others_paired() -> None:
    (contest,) = contests(paired(5)[:-1])
    assert (contest.paired, len(contest.items)) == (True, 9)
    row = measure(contest, "mine", judged(contest.items, [1.0] * 5 + [0.0] * 4), rounds=5)
    assert (row.fakes, row.reals, row.pairs) == (5, 4, 4)


def test_unknown_forgeries_meet_all_genuine_files_of_their_media() -> None:
    items = [
        item(0, "fake", "new tool"),
        item(0, "real", "a"),
        item(0, "real", "b"),
        item(0, "real", "talks", media="clip"),
    ]
    (contest,) = contests(items)
    assert contest.against == ("a", "b")


def test_forgeries_without_genuine_files_make_no_contest() -> None:
    assert contests([item(0, "fake", "swap")]) == ()
    assert contests([item(0, "real", "a")]) == ()


def test_measures_by_hand() -> None:
    items = paired(4)
    scores = [0.9, 0.8, 0.7, None, 0.1, 0.85, 0.7, 0.2]
    row = measure(
        Contest("swap", ("portraits",), tuple(items), True), "mine", judged(items, scores), rounds=50
    )
    assert (row.fakes, row.reals, row.abstained, row.failed) == (4, 4, 1, 0)
    assert row.coverage.value == 7 / 8
    # Three pairs are judged on both sides: won, lost, tied.
    assert (row.pairs, row.paired_accuracy.value) == (3, 0.5)
    # Duels won: .9 beats 4; .8 beats 3; .7 beats 2 and ties one.
    assert row.auc.value == pytest.approx(9.5 / 12)
    assert row.tpr.value == row.tpr_at_1.value == pytest.approx(1 / 3)
    assert row.equal_error_rate.value == pytest.approx(2 / 7)  # between the thresholds .7 and .8
    assert not row.brier.known
    assert row.unit == "4 files of 4 people"


def test_abstentions_do_not_move_the_scores() -> None:
    items = paired(6)
    contest = Contest("swap", ("portraits",), tuple(items), True)
    whole = measure(contest, "mine", judged(items, [0.9] * 6 + [0.1] * 6), rounds=20)
    half = measure(contest, "mine", judged(items, [0.9] * 3 + [None] * 3 + [0.1] * 3 + [None] * 3), rounds=20)
    assert whole.auc.value == half.auc.value == 1.0
    assert (whole.pairs, half.pairs, half.coverage.value) == (6, 3, 0.5)


def test_failures_are_counted_apart() -> None:
    items = paired(2)
    verdicts = judged(items, [0.9, None, 0.1, 0.2]) | {items[0]: Verdict("failed", None)}
    row = measure(Contest("swap", ("portraits",), tuple(items), True), "mine", verdicts, rounds=20)
    assert (row.abstained, row.failed, row.auc.known, row.pairs) == (1, 1, False, 0)


def test_the_same_seed_measures_the_same() -> None:
    items = paired(20)
    contest = Contest("swap", ("portraits",), tuple(items), True)
    verdicts = judged(items, [n % 7 for n in range(40)])
    assert measure(contest, "x", verdicts, rounds=50, seed=1) == measure(
        contest, "x", verdicts, rounds=50, seed=1
    )


def test_people_are_drawn_where_they_are_many_and_files_where_they_are_few() -> None:
    names, strata, unit = draws(paired(30, people=12))
    assert (len(set(names)), set(strata), unit) == (12, {"fake+real"}, "12 people")
    names, strata, unit = draws(paired(30, people=3))
    assert (len(set(names)), unit) == (30, "30 files of 3 people")
    items = [*(item(n, "fake", "a") for n in range(10)), *(item(n, "real", "b") for n in range(10))]
    assert set(draws(items)[1]) == {"fake", "real"}


def test_probabilities_are_taken_at_their_word() -> None:
    items = paired(3)
    scores = [0.9, 0.8, None, 0.1, 0.2, 0.3]
    verdicts = {
        i: Verdict("abstained" if s is None else "judged", s, is_probability=True)
        for i, s in zip(items, scores, strict=True)
    }
    row = measure(Contest("swap", ("portraits",), tuple(items), True), "mine", verdicts, rounds=20)
    assert row.brier.value == pytest.approx((0.01 + 0.04 + 0.01 + 0.04 + 0.09) / 5)
    assert row.calibration_error.value == pytest.approx((0.1 + 0.2 + 0.1 + 0.2 + 0.3) / 5)
    assert row.brier.low <= row.brier.value <= row.brier.high


def test_one_percent_needs_a_hundred_genuine_files() -> None:
    items = [item(n, label, label) for label in ("fake", "real") for n in range(100)]
    contest = Contest("swap", ("real",), tuple(items), False)
    one_above = measure(contest, "x", judged(items, [1.0] * 100 + [2.0] + [0.0] * 99), rounds=5)
    two_above = measure(contest, "x", judged(items, [1.0] * 100 + [2.0] * 2 + [0.0] * 98), rounds=5)
    assert (one_above.tpr_at_1.value, two_above.tpr_at_1.value, two_above.tpr.value) == (1.0, 0.0, 1.0)
