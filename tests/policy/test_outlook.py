"""The forecast in words, and when it says too little."""

from __future__ import annotations

from facewarden.policy.forecast import MEMORY_S, chance_of, expected
from facewarden.policy.outlook import enough_seen, outlook_of
from facewarden.policy.spread import Sighting, Spread

NOW_S = 1e9


def seen(*ago_s: float) -> Spread:
    return Spread(tuple(Sighting(NOW_S - each) for each in ago_s), now_s=NOW_S)


def test_it_tells_the_forecast_its_interval_and_what_anybody_could_say() -> None:
    spread = seen(600, 1200, 1800)
    outlook, coming = outlook_of(spread, copies=3, within_s=3600), expected(spread, within_s=3600)
    chance = chance_of(spread, copies=3, within_s=3600)
    # 3 in the hour before, and half a copy beside: a Poisson count of 3.5.
    assert outlook.words == (
        f"{chance:.0%}; {coming.low} to {coming.high} to come with 80 %, median {coming.median}; "
        "68% if as many come as just now"
    )


def test_what_is_older_than_the_memory_does_not_count_as_seen() -> None:
    assert enough_seen(seen(1, 2, MEMORY_S))
    assert not enough_seen(seen(1, 2))
    assert not enough_seen(seen(1, 2, MEMORY_S + 1))
