from __future__ import annotations

import numpy as np
import pytest

from facewarden.lab.bench.axes import AXES, axis_rows
from lab.bench.making import contest, twin_items, verdicts

HEIGHT = AXES[0]


def test_edges_belong_to_the_upper_bin_and_every_value_has_one() -> None:
    assert [HEIGHT.bin_of(value) for value in (0, 79.9, 80, 119, 500)] == [0, 0, 1, 1, 4]
    assert [HEIGHT.label(n) for n in (0, 1, 4)] == ["below 80", "80 to 120", "from 220"]


def test_a_detector_of_large_faces_only_is_seen_through() -> None:
    items = twin_items(20)
    small = {i: n % 20 < 10 for n, i in enumerate(items)}
    # The forged half stands elsewhere by its own fact: its twin's decides.
    facts = {i: {HEIGHT.fact: 50.0 if small[i] else (300.0 if not i.is_fake else 60.0)} for i in items}
    scores = [0.0 if small[i] else float(i.is_fake) for i in items]
    rows = axis_rows(contest(items), "mine", verdicts(items, scores), facts, rounds=20)
    assert [(row.axis, row.bin, row.fakes, row.reals) for row in rows] == [
        (HEIGHT.title, "below 80", 10, 10),
        (HEIGHT.title, "from 220", 10, 10),
    ]
    assert [(row.auc.value, row.paired_accuracy.value, row.pairs) for row in rows] == [
        (0.5, 0.5, 10),
        (1, 1, 10),
    ]


def test_few_files_say_nothing_and_one_bin_makes_no_table() -> None:
    items = twin_items(8)
    scores = list(np.linspace(0, 1, 16))
    facts = {i: {HEIGHT.fact: 50.0 if n % 8 < 4 else 90.0, "yaw_deg": 5.0} for n, i in enumerate(items)}
    rows = axis_rows(contest(items), "mine", verdicts(items, scores), facts, rounds=5)
    assert {row.axis for row in rows} == {HEIGHT.title}
    assert [row.fakes for row in rows] == [4, 4]
    assert not any(row.auc.known or row.paired_accuracy.known for row in rows)


def test_files_that_were_not_judged_or_measured_are_left_out() -> None:
    items = twin_items(12)
    facts = {i: {HEIGHT.fact: 50.0 if n % 12 < 6 else 90.0} for n, i in enumerate(items[:-1])}
    facts[items[3]] = {}
    scores: list[float | None] = [None, *([1.0] * 11), *([0.0] * 12)]
    low, high = axis_rows(contest(items), "mine", verdicts(items, scores), facts, rounds=5)
    assert (low.fakes, low.reals, low.judged, low.pairs) == (6, 6, 11, 5)
    # The genuine file that was not measured takes its twin with it.
    assert (high.fakes, high.reals) == (5, 5)
    assert low.auc.value == pytest.approx(1.0)
