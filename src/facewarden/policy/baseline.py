"""The forecast that anybody could make, told beside ours: as many come as came just now."""

from __future__ import annotations

import math

import numpy as np

from facewarden.policy.spread import Spread

_BESIDE = 0.5
"""Half a copy more than were seen, or nothing could ever begin."""


def chance_as_just_now(spread: Spread, *, copies: int, within_s: float) -> float:
    """The probability, 0..1, of `copies` or more within `within_s` seconds.

    They are taken for a Poisson count with the rate of a window before now that is as long.
    """
    return at_least(copies, spread.copies(within_s) + _BESIDE)


def at_least(copies: int, mean: float) -> float:
    """The probability that a Poisson count of this `mean`, above 0, is `copies` or more."""
    if copies <= 0:
        return 1.0
    k = np.arange(copies, dtype=np.float64)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
    fewer = np.exp(k * math.log(mean) - mean - log_factorials).sum()
    return float(min(1.0, max(0.0, 1 - fewer)))
