"""How many more copies of something are to be expected, and how sure that is.

Two views are mixed, half and half. The first takes sightings for a Poisson process whose rate grows or falls
exponentially. The growth is unknown: every value of a grid is weighed by how well the times that were seen fit it, and
by a prior around none. Nothing grows for ever: to the future, growth fades within hours. The second is "as many as just
now": the rate of a window before now that is as long as the one asked about. In both the rate has a Gamma posterior, so
the count to come is negative binomial (the Gamma-Poisson model), and the forecast is the mixture of all.

What is assumed of the rate before anything was seen is a choice; that the views weigh the same, and how freely growth
may vary, was chosen on simulated cascades of one seed. ``benchmarks/spread_forecast.py`` shows on others what the
forecast is worth beside simpler ones. Real cascades are not published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.policy.spread import Spread

_HOUR_S = 3600.0
_MEMORY_H = 48.0
MEMORY_S = _MEMORY_H * _HOUR_S
"""Older sightings say nothing of what comes next."""
_PRIOR_COPIES, _PRIOR_H = 0.2, 2.0
"""As if a fifth of a copy had been seen within two hours before."""
_GROWTHS = np.linspace(-1.5, 1.5, 61)
"""Change of the logarithm of the rate in an hour; 0.7 doubles it."""
_GROWTH_SPREAD = 0.2
_FADES_H = 4.0
_STEADY = 0.5
"""The weight of "as many as just now"."""
_STEADY_H = 0.5
"""There a fifth of a copy is taken to have been seen within half an hour: short windows count by what is in them."""
_MOST = 100_000
_NEGLIGIBLE = 1e-9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Copies to come: with 80 % between `low` and `high`, both included; `median` in between; `mean` may be higher."""

    low: int
    median: int
    high: int
    mean: float


def expected(spread: Spread, *, within_s: float) -> Expectation:
    """How many copies are to come in the next `within_s` seconds, beside those that were seen."""
    model = Mixture.of(spread, within_s)
    low, median, high = model.quantiles((0.1, 0.5, 0.9))
    return Expectation(low, median, high, model.mean)


def chance_of(spread: Spread, *, copies: int, within_s: float) -> float:
    """The probability, 0..1, that at least `copies` more are seen in the next `within_s` seconds."""
    return Mixture.of(spread, within_s).at_least(copies)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Negative binomials: (K,) each of a `shapes`, with success probabilities `stops` and `weights`."""

    shapes: Floats
    stops: Floats
    weights: Floats

    @classmethod
    def of(cls, spread: Spread, within_s: float) -> Mixture:
        growing, steady = _growing(spread, within_s), _steady(spread, within_s)
        return cls(
            np.append(growing.shapes, steady.shapes),
            np.append(growing.stops, steady.stops),
            np.append((1 - _STEADY) * growing.weights, _STEADY * steady.weights),
        )

    @property
    def mean(self) -> float:
        return float(self.weights @ (self.shapes * (1 - self.stops) / self.stops))

    def at_least(self, count: int) -> float:
        if count <= 0:
            return 1.0
        return float(min(1.0, max(0.0, 1 - self._cumulative(count)[-1])))

    def quantiles(self, levels: tuple[float, ...]) -> list[int]:
        """The smallest counts up to which each of `levels` of the probability lies; at most a hundred thousand."""
        most = 64
        while True:
            cumulative = self._cumulative(most)
            if cumulative[-1] > max(levels) or most >= _MOST:
                found = np.searchsorted(cumulative, levels)
                return [min(int(count), _MOST) for count in found]
            most *= 4

    def _cumulative(self, count: int) -> Floats:
        """(count,) probabilities of at most 0 to count - 1 copies."""
        k, total = np.arange(count, dtype=np.float64), np.zeros(count)
        choices: dict[float, Floats] = {}
        # One after another: for many copies all at once would not fit into memory.
        for shape, stop, weight in zip(
            self.shapes.tolist(), self.stops.tolist(), self.weights.tolist(), strict=True
        ):
            if weight < _NEGLIGIBLE:
                continue
            if shape not in choices:
                choices[shape] = np.concatenate([[0.0], np.cumsum(np.log((k[:-1] + shape) / k[1:]))])
            total += weight * np.exp(shape * math.log(stop) + choices[shape] + math.log1p(-stop) * k)
        return np.cumsum(total)


def _growing(spread: Spread, within_s: float) -> Mixture:
    """One component for each growth."""
    ages_h, observed_h = _ages(spread)
    # The rate now beside the mean rate since looking began, for each growth.
    now = 1 / _mean_rate(observed_h, _GROWTHS)
    # How well each growth fits the times, whatever the mean rate.
    fit = -_GROWTHS * ages_h.sum() + len(ages_h) * np.log(now) - 0.5 * (_GROWTHS / _GROWTH_SPREAD) ** 2
    weights = np.exp(fit - fit.max())
    looked_h = _PRIOR_H + observed_h
    coming_h = np.maximum(now * _fading(within_s / _HOUR_S, _GROWTHS), 1e-9)
    # The first sighting only says when looking began.
    shapes = np.full(len(_GROWTHS), _PRIOR_COPIES + len(ages_h))
    return Mixture(shapes, looked_h / (looked_h + coming_h), weights / weights.sum())


def _steady(spread: Spread, within_s: float) -> Mixture:
    """As many as in a window before now that is as long."""
    window_h = within_s / _HOUR_S
    looked_h = _STEADY_H + window_h
    shape = _PRIOR_COPIES + spread.copies(within_s)
    return Mixture(np.array([shape]), np.array([looked_h / (looked_h + window_h)]), np.ones(1))


def _ages(spread: Spread) -> tuple[Floats, float]:
    """Hours since each sighting after the first that is remembered, and since that first one."""
    seen = spread.within(MEMORY_S)
    if not seen:
        return np.zeros(0), _MEMORY_H if spread.sightings else 0.0
    hours = (spread.until_s - np.array([sighting.time_s for sighting in seen])) / _HOUR_S
    return hours[1:], float(hours[0])


def _mean_rate(past_h: float, growths: Floats) -> Floats:
    """The mean of exp(growth * t) over the last `past_h` hours, t being 0 now."""
    grown = np.where(np.abs(growths * past_h) < 1e-9, 1e-9, growths * past_h)
    return np.asarray(-np.expm1(-grown) / grown)


def _fading(horizon_h: float, growths: Floats) -> Floats:
    """The integral from 0 to `horizon_h` of a rate whose growth dies away with the time constant `_FADES_H`."""
    points = max(16, math.ceil(horizon_h * 8))
    middles = (np.arange(points) + 0.5) * horizon_h / points
    reached = _FADES_H * -np.expm1(-middles / _FADES_H)
    return np.asarray(np.exp(np.outer(growths, reached)).mean(1) * horizon_h)
