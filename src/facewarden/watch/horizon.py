"""How far back rules look."""

from __future__ import annotations

from collections.abc import Iterator

from facewarden.policy.forecast import MEMORY_S
from facewarden.policy.rules import Policy, When


def horizon_s(policy: Policy) -> float:
    """Seconds for which sightings have to be kept: as long as a forecast remembers them, at the least."""
    return max(MEMORY_S, *(window for rule in policy.rules for window in _windows(rule.when)), 0.0)


def _windows(when: When) -> Iterator[float]:
    if when.spread is not None:
        yield when.spread.within
    if when.person_spread is not None:
        yield when.person_spread.within
    # Half of a forecast looks back as far as it looks ahead.
    if when.forecast is not None:
        yield when.forecast.within
    if when.person_forecast is not None:
        yield when.person_forecast.within
    for inner in (*(when.any or ()), *((when.not_,) if when.not_ is not None else ())):
        yield from _windows(inner)
