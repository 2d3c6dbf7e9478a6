from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.pace import Pace

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
