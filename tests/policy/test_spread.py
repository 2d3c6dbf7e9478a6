"""Windows over sightings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facewarden.policy.spread import Sighting, Spread

SIGHTINGS = st.lists(st.builds(Sighting, st.floats(0, 1e6), st.sampled_from("abc")), max_size=30)


def test_windows_reach_back_from_now() -> None:
    spread = Spread((Sighting(50, "b"), Sighting(0, "a"), Sighting(100, "a"), Sighting(130, "c")), now_s=110)
    assert spread.copies(60) == 2
    assert spread.copies(59) == 1
    assert spread.sources(1000) == 2
    assert Spread().copies(10) == 0
    assert Spread((Sighting(5),)).copies(1) == 1


@given(SIGHTINGS, st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_window_holds_no_fewer(seen: list[Sighting], now: float, one: float, other: float) -> None:
    spread = Spread(tuple(seen), now_s=now)
    shorter, longer = sorted((one, other))
    assert spread.copies(shorter) <= spread.copies(longer) <= len(seen)
    assert spread.sources(longer) <= spread.copies(longer)
    assert spread.copies(longer) == sum(now - longer <= s.time_s <= now for s in seen)
