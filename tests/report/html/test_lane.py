from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fabricated
from facewarden.report.html.lane import lane, ticks
from facewarden.report.model import CueReading, ScorePoint


def reading(points: list[tuple[float, float]], **facts: float) -> CueReading:
    return CueReading(
        cue="frame_forgery", abstained=False, sentence=fabricated.sentence("cue.frame_forgery.not_seen"),
        series=[ScorePoint(time_s=time_s, score=score) for time_s, score in points], facts=dict(facts),
    )  # fmt: skip


def steady(start: float, end: float, step: float = 0.25) -> list[tuple[float, float]]:
    return [(start + number * step, 0.3) for number in range(int((end - start) / step) + 1)]


def test_tracks_are_joined_and_what_lies_between_is_a_gap() -> None:
    drawn = lane("frame_forgery", [reading(steady(1, 11)), reading(steady(13.5, 18))], 20)
    assert drawn is not None
    assert len(drawn.curves) == 2
    assert drawn.gap_times == ((0.0, 1.0), (11.0, 13.5), (18.0, 20))
    assert [(strip.left, strip.width) for strip in drawn.gaps] == [(0.0, 5.0), (55.0, 12.5), (90.0, 10.0)]


def test_a_hole_inside_a_track_is_a_gap_too() -> None:
    drawn = lane("frame_forgery", [reading(steady(0, 4) + steady(9, 20))], 20)
    assert drawn is not None
    assert len(drawn.curves) == 2
    assert drawn.gap_times == ((4.0, 9.0),)


def test_an_unsteady_rhythm_is_no_gap() -> None:
    points = [(0.0, 0.1), (0.3, 0.1), (0.5, 0.1), (0.9, 0.1), (1.0, 0.1)]
    drawn = lane("frame_forgery", [reading(points)], 1.0)
    assert drawn is not None
    assert drawn.gaps == ()


def test_higher_scores_stand_higher_and_the_threshold_between_them() -> None:
    drawn = lane("frame_forgery", [reading([(0, 0.0), (1, 1.0)], threshold=0.5)], 1)
    assert drawn is not None
    (low, high), threshold = drawn.curves[0], drawn.threshold_y
    assert threshold is not None
    assert 0 < high[1] < threshold < low[1] < 100
    assert (low[0], high[0]) == (0, 1000)
    assert drawn.peak_s == 1


@pytest.mark.parametrize("facts", [{}, {"threshold": 7.0}])
def test_without_a_threshold_on_the_scale_there_is_no_line(facts: dict[str, float]) -> None:
    drawn = lane("frame_forgery", [reading([(0, 0.0), (1, 1.0)], **facts)], 1)
    assert drawn is not None
    assert drawn.threshold_y is None


@pytest.mark.parametrize(("points", "duration_s"), [([], 5), ([(1, 0.5)], 5), ([(0, 0.5), (1, 0.5)], 0)])
def test_nothing_to_draw(points: list[tuple[float, float]], duration_s: float) -> None:
    assert lane("frame_forgery", [reading(points)], duration_s) is None


def test_a_container_that_claims_too_short_a_clip_does_not_push_the_curve_out() -> None:
    drawn = lane("frame_forgery", [reading(steady(0, 20))], 5)
    assert drawn is not None
    assert max(x for curve in drawn.curves for x, _ in curve) == 1000


@given(st.floats(0.2, 40_000))
def test_ticks_are_few_round_inside_and_different(duration_s: float) -> None:
    found = ticks(duration_s)
    assert 2 <= len(found) <= 6
    assert found[0].left == 0
    assert all(0 <= tick.left <= 100 for tick in found)
    assert len({tick.text for tick in found}) == len(found)
