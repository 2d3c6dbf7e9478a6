"""Short clips are hashed four times a second and long ones once, whatever files say; and what that makes in time."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.matching.clip_frames import (
    DENSE_FRAMES_PER_S,
    FRAMES_PER_S,
    LOOK_SIDE,
    SHORT_S,
    chosen,
    seconds_of,
    step_s,
)
from facewarden.media import Frame
from facewarden.media.pace import Pace

SMALL = np.zeros((2, 3, 3), np.uint8)
MOST_HELD = int(SHORT_S * DENSE_FRAMES_PER_S)


def frames(times: list[float]) -> Iterator[Frame]:
    return (Frame(SMALL, time_s, number) for number, time_s in enumerate(times))


def grid(seconds: float, rate: float) -> list[float]:
    return [number / rate for number in range(round(seconds * rate))]


def times_of(times: list[float]) -> list[float]:
    return [frame.time_s for frame in chosen(frames(times))]


def paced(times: list[float], rate: float) -> list[float]:
    pace = Pace(rate)
    return [time_s for time_s in times if pace.wants(time_s)]


@pytest.mark.parametrize("rate", [4.0, 15.0, 29.97])
def test_a_long_clip_gives_one_frame_a_second_from_its_start(rate: float) -> None:
    found = times_of(grid(20, rate))
    assert [int(time_s) for time_s in found] == list(range(20))
    assert all(time_s % 1 <= 1 / rate for time_s in found)


def test_a_short_clip_gives_four_a_second() -> None:
    assert times_of(grid(3, 4)) == grid(3, 4)
    assert times_of(grid(3, 20)) == grid(3, 4)


@pytest.mark.parametrize(("latest_s", "count"), [(7.75, 32), (7.999, 32), (8.0, 9), (8.25, 9)])
def test_eight_seconds_are_the_border(latest_s: float, count: int) -> None:
    assert len(times_of([*grid(7.75, 4), latest_s])) == count


def test_frames_at_one_a_second_are_all_taken() -> None:
    for seconds in (1, 3, 8, 9, 30):
        assert times_of(grid(seconds, 1)) == grid(seconds, 1)
    assert times_of([]) == []


@given(st.lists(st.floats(0.0, 1.5), max_size=120))
def test_long_or_short_it_is_what_one_pace_over_all_frames_gives(gaps: list[float]) -> None:
    times = np.cumsum(gaps).tolist()
    short = all(time_s < SHORT_S - 1e-4 for time_s in times)
    assert times_of(times) == paced(times, DENSE_FRAMES_PER_S if short else FRAMES_PER_S)


def test_a_long_clip_is_read_no_further_than_asked() -> None:
    read = []

    def coming() -> Iterator[Frame]:
        for frame in frames(grid(600, 4)):
            read.append(frame.time_s)
            yield frame

    stream = chosen(coming())
    assert not read
    for second in range(30):
        assert next(stream).time_s == second
        assert read[-1] == max(second, SHORT_S)


def test_no_more_is_held_than_eight_seconds_whatever_comes() -> None:
    alive: set[int] = set()
    most = 0

    def coming() -> Iterator[Frame]:
        nonlocal most
        for number in range(2_000):
            image = np.zeros((2, 3, 3), np.uint8)
            alive.add(number)
            weakref.finalize(image, alive.remove, number)
            most = max(most, len(alive))
            yield Frame(image, min(number / 200, 7.9) if number < 1_900 else 9.0, number)

    assert len([frame.time_s for frame in chosen(coming())]) == 9
    assert MOST_HELD <= most <= MOST_HELD + 3
    assert len(alive) <= 2


def test_what_is_held_is_reduced() -> None:
    large = np.zeros((30, 4 * LOOK_SIDE, 3), np.uint8)
    for seconds in (2.0, 12.0):
        coming = (Frame(large, time_s, 0) for time_s in grid(seconds, 4))
        assert {max(frame.image_rgb.shape) for frame in chosen(coming)} == {LOOK_SIDE}


def test_hashes_stand_for_the_time_until_the_next() -> None:
    assert step_s(np.array(grid(3, 4))) == 0.25
    assert step_s(np.array(grid(9, 1))) == 1.0
    assert step_s(np.array([0.0, 5.0, 10.0])) == 1.0, "a second at most"
    assert step_s(np.array([0.0])) == 1.0
    assert step_s(np.array(grid(3, 30))) == 0.25, "lists of others can be denser"
    assert step_s(np.zeros(5)) == 0.25
    assert step_s(np.array([*grid(4, 4), 7.5])) == 0.25, "a pause makes no other clip of it"


def test_seconds_are_time_and_not_hashes() -> None:
    dense, sparse = np.array(grid(3, 4)), np.array(grid(3, 1))
    assert seconds_of(dense, 0.25, 0.25) == 3.0
    assert seconds_of(dense[:4], 0.25, 0.25) == 1.0
    assert seconds_of(sparse, 1.0, 1.0) == 3.0
    assert seconds_of(dense, 0.25, 1.0) == 3.0
    assert seconds_of(dense[:4], 0.25, 1.0) == 1.0, "four hashes of one second are one second"
    assert seconds_of(np.array(grid(1, 50)), 0.25, 0.25) == 1.0
    assert seconds_of(np.zeros(50), 0.25, 0.25) == 0.25, "fifty hashes of one moment are one moment"


@given(st.floats(4.1, 60.0), st.floats(1.0, 20.0))
def test_counting_bears_real_frame_rates(rate: float, seconds: float) -> None:
    """However late the frames come after their ticks, each hash of a regular clip counts for exactly its step."""
    times = np.array(times_of(grid(seconds, rate)))
    step = DENSE_FRAMES_PER_S if times[-1] < SHORT_S else FRAMES_PER_S
    if len(times) > 1:
        assert step_s(times) == 1 / step
        assert seconds_of(times, step_s(times), step_s(times)) == len(times) / step
    assert seconds_of(times, step_s(times), 1.0) == pytest.approx(seconds, abs=1.3)
