"""Durations as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.policy.duration import seconds_of, written_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("2d", 172_800),
        ("1h30m", 5400),
        (" 1d1s ", 86_401),
        (7, 7),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_read(written: object, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "h", "1", "-1h", "1h 30m", "30m1h", "1w", "1.5h", True, None, [1], "9999999s"]
)
def test_what_is_none_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        seconds_of(written)


@given(st.integers(0, 10**8))
def test_what_is_written_is_read_again(seconds: int) -> None:
    assert seconds_of(written_duration(seconds)) == seconds
