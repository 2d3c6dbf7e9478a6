"""Sightings are kept for as long as some rule looks back."""

from __future__ import annotations

import pytest

from facewarden.watch.horizon import horizon_s
from tests.watch.standing import rules

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        ("{level: likely}", 48),
        ("{spread: {copies: 2, within: 5d}}", 120),
        ("{not: {spread: {copies: 2, within: 4d}}}", 96),
        ("{any: [{faces: 1}, {forecast: {copies: 2, within: 3d}}]}", 72),
        ("{forecast: {copies: 2, within: 1h}}", 48),
        ("{person_spread: {files: 2, within: 5d}}", 120),
        ("{not: {person_forecast: {files: 2, within: 3d}}}", 72),
    ],
)
def test_as_long_as_the_longest_window(when: str, hours: int) -> None:
    policy = rules(f"version: 1\nrules: [{{name: a, when: {when}, then: [note]}}]")
    assert horizon_s(policy) == hours * HOUR_S
