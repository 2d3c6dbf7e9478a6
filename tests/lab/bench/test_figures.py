from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.lab.bench import metrics
from facewarden.lab.bench.axes import AxisRow
from facewarden.lab.bench.figures import axis, launderings, reliability, roc, roc_points
from facewarden.lab.bench.metrics import UNKNOWN, Interval
from facewarden.lab.bench.washing import WashRow

SAMPLES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda sample: len({label for _, label in sample}) == 2
)
RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 2 == 0
CURVES = {"mine <b>": (np.clip(RNG.uniform(size=60) + 0.2 * LABELS, 0, 1), LABELS)}


@settings(max_examples=50, deadline=None)
@given(SAMPLES)
def test_the_area_under_the_curve_that_is_drawn_is_the_auc(sample: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in sample], float)
    is_fake = np.array([label for _, label in sample])
    fpr, tpr = roc_points(scores, is_fake)
    assert (np.diff(fpr) >= 0).all()
    assert (np.diff(tpr) >= 0).all()
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(tpr, fpr) == pytest.approx(metrics.auc(scores, is_fake))


def axis_row(detector: str, name: str, auc: Interval) -> AxisRow:
    return AxisRow("swap", detector, "face height, px", name, 6, 7, 13, auc, 0, UNKNOWN)


def drawn(kind: str) -> str:
    if kind == "roc":
        return roc(CURVES, {"size": CURVES["mine <b>"]})
    if kind == "reliability":
        return reliability(CURVES)
    if kind == "axis":
        rows = [axis_row("mine", "below 80", Interval(0.7, 0.5, 0.9)), axis_row("mine", "from 80", UNKNOWN)]
        return axis(rows)
    row = WashRow("mine", "jpeg20", 9, 8, 1, {"swap": 0.9}, {"swap": 0.8}, 0.9, 0.8, Interval(0.1, 0.0, 0.2))
    return launderings([row, replace(row, wash="height360")])


@pytest.mark.parametrize("kind", ["roc", "reliability", "axis", "launderings"])
def test_the_same_numbers_give_the_same_picture(kind: str) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra [lab]: Matplotlib is missing")
    first = drawn(kind)
    assert first == drawn(kind)
    root = ET.fromstring(first)
    assert root.tag.endswith("svg")
    assert "<script" not in first
    assert "<b>" not in first
    words = " ".join(root.itertext())
    wanted = {"roc": "size", "reliability": "share forged", "axis": "from 80", "launderings": "height360"}
    assert wanted[kind] in words
