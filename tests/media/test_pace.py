from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.pace import TOLERANCE_S, Opening, Pace, pace_of

gaps = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=200)
rates = st.floats(0.1, 60.0)


def times_of(steps: list[float]) -> list[float]:
    times, now = [], 0.0
    for step in steps:
        times.append(now)
        now += step
    return times


@given(gaps, rates)
def test_never_more_frames_than_the_rate_allows(steps: list[float], rate: float) -> None:
    times, pace = times_of(steps), Pace(rate)
    chosen = [time_s for time_s in times if pace.wants(time_s)]
    assert chosen[0] == 0.0
    assert pace.delivered == len(chosen) <= times[-1] * rate + 1.01
    assert chosen == sorted(set(chosen))


@given(gaps, rates)
def test_every_tick_with_a_frame_gets_one(steps: list[float], rate: float) -> None:
    times, pace = times_of(steps), Pace(rate)
    chosen = [time_s for time_s in times if pace.wants(time_s)]
    for time_s in times:
        assert any(time_s - 1 / rate - 1e-3 <= each <= time_s for each in chosen)


@given(gaps)
def test_no_rate_takes_every_new_time(steps: list[float]) -> None:
    times, pace = times_of(steps), Pace(None)
    assert [time_s for time_s in times if pace.wants(time_s)] == sorted(set(times))


@given(gaps, rates, rates, st.floats(0.1, 20.0))
def test_an_opening_has_a_pace_of_its_own_and_leaves_the_rest_alone(
    steps: list[float], rate: float, first: float, until_s: float
) -> None:
    times = times_of(steps)
    brisk, later, alone = Pace(rate, Opening(until_s, first)), Pace(rate), Pace(first)
    chosen = [time_s for time_s in times if brisk.wants(time_s)]
    opening = [time_s for time_s in times if time_s < until_s - TOLERANCE_S]
    assert [time_s for time_s in chosen if time_s in opening] == [t for t in opening if alone.wants(t)]
    after = [time_s for time_s in chosen if time_s not in opening]
    usual = [time_s for time_s in times if later.wants(time_s)]
    # From its second frame on the rest lies on its own grid, whatever the opening was.
    assert set(after[1:]) <= set(usual)


def test_a_slow_opening_ends_with_the_first_frame_after_it() -> None:
    pace = Pace(4.0, Opening(3.0, 8.0))
    chosen = [index for index in range(150) if pace.wants(index / 30)]
    assert len([index for index in chosen if index < 90]) == 24
    assert len([index for index in chosen if index >= 90]) == 8


def test_an_order_without_an_opening_asks_for_one_rate() -> None:
    assert pace_of({"frames_per_s": 4.0, "opening": None}).interval_s == 0.25
    assert pace_of({"frames_per_s": 4.0, "opening": [3.0, 8.0]}).interval_s == 0.125
