"""Forecasts: a probability, monotone in what is asked, and right on average where the model is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.policy.forecast import chance_of, expected
from facewarden.policy.spread import Sighting, Spread

HOUR = 3600.0
TIMES = st.lists(st.floats(0, 100 * HOUR), max_size=40)


def seen(*hours: float, now_h: float | None = None) -> Spread:
    return Spread(tuple(Sighting(h * HOUR) for h in hours), now_s=None if now_h is None else now_h * HOUR)


@settings(max_examples=60)
@given(TIMES, st.integers(0, 50), st.floats(1, 1e6))
def test_more_is_less_probable_and_longer_is_more(times: list[float], copies: int, within: float) -> None:
    spread = Spread(tuple(Sighting(t) for t in times))
    chance = chance_of(spread, copies=copies, within_s=within)
    assert 0 <= chance <= 1
    assert chance_of(spread, copies=copies + 1, within_s=within) <= chance + 1e-9
    assert chance_of(spread, copies=copies, within_s=within * 2) >= chance - 1e-9
    assert chance_of(spread, copies=0, within_s=within) == 1
    forecast = expected(spread, within_s=within)
    assert 0 <= forecast.low <= forecast.median <= forecast.high
    assert chance_of(spread, copies=forecast.median + 1, within_s=within) <= 0.5 + 1e-6


def test_growth_is_seen() -> None:
    even = seen(*np.linspace(0, 12, 25))
    growing = seen(*(12 * np.sqrt(np.linspace(0, 1, 25))))
    ceasing = seen(*(12 - 12 * np.sqrt(np.linspace(0, 1, 25))), now_h=12)
    means = [expected(spread, within_s=6 * HOUR).mean for spread in (ceasing, even, growing)]
    assert means[0] < 0.7 * means[1] < 0.7 * means[2]
    assert means[1] == pytest.approx(2 * 6, rel=0.3)


def test_what_is_long_past_is_nearly_forgotten() -> None:
    assert chance_of(seen(0, 0.1, 0.2, now_h=200), copies=1, within_s=HOUR) < 0.15
    assert chance_of(seen(*[0.01 * n for n in range(30)]), copies=1, within_s=HOUR) > 0.95


@pytest.mark.parametrize("rate_per_h", [0.5, 5.0])
def test_intervals_hold_what_they_promise_at_even_rates(rate_per_h: float) -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        times = np.cumsum(rng.exponential(1 / rate_per_h, 400))
        past, coming = times[times <= 24], times[(times > 24) & (times <= 30)]
        if len(past):
            forecast = expected(seen(*past, now_h=24), within_s=6 * HOUR)
            held.append(forecast.low <= len(coming) <= forecast.high)
    # 80 % and what whole numbers add; growth is unknown, so it promises rather less than it keeps.
    assert 0.75 <= np.mean(held) <= 0.99


def test_many_copies_neither_take_all_memory_nor_break_it() -> None:
    spread = seen(*np.linspace(0, 1, 3000))
    forecast = expected(spread, within_s=24 * HOUR)
    assert 1000 < forecast.low <= forecast.median <= forecast.high <= 100_000
    assert chance_of(spread, copies=100, within_s=24 * HOUR) > 0.95
