from __future__ import annotations

import pytest

from facewarden.lab.bench.washing import WASHES, samples, wash_row
from lab.bench.making import contest, item, twin_items, verdicts


def test_the_drop_is_over_files_that_were_judged_both_times() -> None:
    items = twin_items(10)
    clean = verdicts(items, [1.0] * 10 + [0.0] * 10)
    # Half of the pairs are no longer told apart; one forgery is no longer judged.
    washed = verdicts(items, [None] + [1.0] * 5 + [0.0] * 4 + [0.0] * 10)
    row = wash_row("mine", "jpeg20", [contest(items)], clean, washed, rounds=50)
    assert (row.files, row.judged, row.lost) == (20, 19, 1)
    assert (row.clean, row.mean_clean) == ({"swap": 1.0}, 1.0)
    assert row.washed["swap"] == pytest.approx((5 + 4 * 0.5) / 9)
    assert row.drop.value == pytest.approx(1 - row.mean_washed)
    assert row.drop.low <= row.drop.value <= row.drop.high


def test_the_mean_is_over_contests_whatever_their_size() -> None:
    large, small = twin_items(20), twin_items(4, method="other")
    items = [*large, *small]
    clean = verdicts(items, [1.0] * 20 + [0.0] * 20 + [1.0] * 4 + [0.0] * 4)
    washed = verdicts(items, [1.0] * 20 + [0.0] * 20 + [0.5] * 8)
    row = wash_row("mine", "jpeg20", [contest(large), contest(small, "other")], clean, washed, rounds=20)
    assert (row.mean_clean, row.mean_washed, row.drop.value) == (1.0, 0.75, 0.25)


def test_nothing_judged_is_no_measure() -> None:
    items = twin_items(3)
    nobody = verdicts(items, [None] * 6)
    row = wash_row("mine", "jpeg20", [contest(items)], nobody, nobody, rounds=5)
    assert (row.clean, row.judged, row.lost, row.drop.known) == ({}, 0, 0, False)


def test_no_change_is_no_drop_and_no_made_up_uncertainty() -> None:
    items = twin_items(5)
    said = verdicts(items, [0.9, 0.1, 0.8, 0.7, 0.2, 0.3, 0.15, 0.6, 0.5, 0.1])
    row = wash_row("mine", "height480", [contest(items)], said, said, rounds=30)
    assert (row.drop.value, row.drop.low, row.drop.high) == (0.0, 0.0, 0.0)


def test_samples_keep_twins_and_are_drawn_by_the_seed() -> None:
    twins, others = contest(twin_items(30)), contest([*(item(n, "fake") for n in range(30)),
                                                      *(item(n, "real") for n in range(40))])  # fmt: skip
    first, second = samples([twins, others], most=7, seed=3)
    assert {i.pair for i in first.items if i.is_fake} == {i.pair for i in first.items if not i.is_fake}
    assert (len(first.items), len(second.items)) == (14, 14)
    assert samples([twins, others], most=7, seed=3) == (first, second)
    assert samples([twins, others], most=7, seed=4) != (first, second)
    assert len(samples([twins], most=500, seed=0)[0].items) == 60


@pytest.mark.lab
def test_every_laundering_can_be_read() -> None:
    pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
    from facewarden.lab.attacks.launder import parse

    labels = [tuple(step.label for step in parse(wash)) for wash in WASHES]
    assert len(set(labels)) == len(WASHES)
