"""Frames of a copy are nearer to their own moments than to others; those of another take are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from facewarden.matching.moments import MOST_MOMENTS, Stored, shows_its_moments, some_of
from facewarden.matching.timeline import Line

COUNT = 12
TIMES = np.arange(COUNT) / 4
FAR = np.full((COUNT, COUNT), 70.0)


def line(offset_s: float = 0.0) -> Line:
    return Line(1.0, offset_s, np.ones(COUNT, bool))


def scene(own: float, others: float, *, shift: int = 0) -> npt.NDArray[np.float64]:
    """Bits between frames, of which each is `own` bits from its moment and `others` from the rest."""
    bits = np.full((COUNT, COUNT), others)
    np.fill_diagonal(bits[:, shift:], own)
    return bits


@pytest.mark.parametrize(
    ("own", "others", "copy"), [(10, 20, True), (13, 20, False), (20, 20, False), (4, 4, True), (6, 6, False)]
)
def test_whole_frames(own: float, others: float, copy: bool) -> None:
    assert shows_its_moments(scene(own, others), FAR, TIMES, TIMES, line()) is copy


@pytest.mark.parametrize(("own", "others", "copy"), [(20, 42, True), (20, 36, False), (7, 12, True)])
def test_faces_where_whole_frames_say_nothing(own: float, others: float, copy: bool) -> None:
    assert shows_its_moments(scene(30, 31), scene(own, others), TIMES, TIMES, line()) is copy


def test_the_exact_shift_is_looked_for() -> None:
    assert shows_its_moments(scene(5, 20, shift=2), FAR, TIMES, TIMES, line(offset_s=0.0))
    assert not shows_its_moments(scene(5, 20, shift=6), FAR, TIMES, TIMES, line(offset_s=0.0)), "1.5 s beside"


def test_moments_far_away_prove_nothing() -> None:
    """Another take, which resembles three seconds of a long one more than what comes a minute later."""
    long = np.append(TIMES, TIMES + 60)
    bits = np.hstack([scene(18, 20), np.full((COUNT, COUNT), 70.0)])
    far = np.full(bits.shape, 70.0)
    assert not shows_its_moments(bits, far, TIMES, long, line())


def test_half_of_the_frames_prove_nothing() -> None:
    bits = scene(20, 20)
    bits[:6, :6] = scene(5, 20)[:6, :6]
    bits[6:, 6:] = 35
    assert not shows_its_moments(bits, FAR, TIMES, TIMES, line())
    assert not shows_its_moments(bits, FAR, TIMES, TIMES[:6] + 9, line())


def test_an_original_without_other_moments_must_be_identical() -> None:
    two = np.array([0.0, 0.25])
    for own, copy in ((3.0, True), (12.0, False)):
        bits = np.full((2, 2), own)
        assert (
            shows_its_moments(bits, np.full((2, 2), 70.0), two, two, Line(1.0, 0.0, np.ones(2, bool))) is copy
        )


def test_bits_are_those_of_the_nearest_hashes() -> None:
    words = np.array([[0, 0, 0, 0], [0, 0, 0, 7], [0, 0, 0, 1], [2**64 - 1] * 4], np.uint64)
    stored = Stored(words[1:], np.array([0, 0, 2]))
    assert stored.bits_to([words[:1], words[:0], words[:2]], 3).tolist() == [
        [1, 70, 70],
        [70, 70, 70],
        [0, 70, 70],
    ]


def test_long_clips_are_thinned() -> None:
    assert some_of(range(5)) == [0, 1, 2, 3, 4]
    thinned = some_of(range(1000))
    assert (len(thinned), thinned[0], thinned[-1]) == (MOST_MOMENTS, 0, 999)
