"""The forecast that anybody could make."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.policy.baseline import at_least, chance_as_just_now
from facewarden.policy.spread import Sighting, Spread


def test_as_many_as_just_now() -> None:
    spread = Spread((Sighting(0), Sighting(50), Sighting(90)), now_s=100)
    # Two within the last 60 s, and half a copy beside.
    assert chance_as_just_now(spread, copies=1, within_s=60) == pytest.approx(1 - math.exp(-2.5))
    assert chance_as_just_now(spread, copies=2, within_s=60) == pytest.approx(1 - math.exp(-2.5) * 3.5)
    assert chance_as_just_now(Spread(), copies=1, within_s=60) == pytest.approx(1 - math.exp(-0.5))


@given(st.integers(0, 2000), st.floats(0.1, 20_000))
def test_more_is_less_probable_and_a_higher_mean_makes_it_more_so(copies: int, mean: float) -> None:
    chance = at_least(copies, mean)
    assert 0 <= chance <= 1
    assert at_least(copies + 1, mean) <= chance + 1e-9
    assert at_least(copies, mean * 1.5) >= chance - 1e-9
    assert at_least(0, mean) == 1
