"""What is to be expected of a spread, in numbers and words: the forecast, and beside it what anybody could say."""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.policy.baseline import chance_as_just_now
from facewarden.policy.forecast import MEMORY_S, Expectation, chance_of, expected
from facewarden.policy.spread import Spread

LEAST_SEEN = 3
"""With fewer in the forecast's memory nobody should go by it: it says too little (``benchmarks/spread_seen.py``)."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the next hours bring.

    Attributes:
        chance: the probability, 0..1, that so many more come as was asked.
        coming: how many come.
        as_just_now: the probability if as many come as came in a window before now that is as long.
    """

    chance: float
    coming: Expectation
    as_just_now: float

    @property
    def words(self) -> str:
        return (
            f"{self.chance:.0%}; {self.coming.low} to {self.coming.high} to come with 80 %, "
            f"median {self.coming.median}; {self.as_just_now:.0%} if as many come as just now"
        )


def outlook_of(spread: Spread, *, copies: int, within_s: float) -> Outlook:
    """How probable `copies` more within `within_s` seconds are, however little was seen."""
    return Outlook(
        chance_of(spread, copies=copies, within_s=within_s),
        expected(spread, within_s=within_s),
        chance_as_just_now(spread, copies=copies, within_s=within_s),
    )


def enough_seen(spread: Spread) -> bool:
    """Whether so much was seen that the forecast is worth telling."""
    return spread.copies(MEMORY_S) >= LEAST_SEEN
