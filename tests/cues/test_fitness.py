"""What is unfit is left out, for the first reason that holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from facewarden.cues.fitness import main_reason, unfit
from tests.cues.samples import sample


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"height_px": 48.5}, None),
        ({"height_px": 47.5}, "too_small"),
        ({"yaw_deg": 54.0}, None),
        ({"yaw_deg": -56.0}, "turned_away"),
        ({"yaw_deg": 56.0}, "turned_away"),
        ({"presence": 0.69}, "turned_away"),
        ({"sharpness": 0.05}, "too_blurred"),
        ({"height_px": 20, "yaw_deg": 80.0, "sharpness": 0.0}, "too_small"),
    ],
    ids=str,
)
def test_unfit(changes: dict[str, Any], reason: str | None) -> None:
    assert unfit(sample(**changes)) == reason


def test_the_most_frequent_reason_is_named() -> None:
    assert main_reason(Counter({"too_small": 2, "too_blurred": 5})) == "too_blurred"
    assert main_reason(Counter()) == "too_few_samples"
