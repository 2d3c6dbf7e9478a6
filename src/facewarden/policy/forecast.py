"""How many more copies of something are to be expected, and how sure that is.

Sightings are taken for a Poisson process whose rate grows or falls exponentially. The growth is unknown: every value
of a grid is weighed by how well the times that were seen fit it, and by a prior around none. For each of them the rate
has a Gamma posterior, so the count to come is negative binomial (the Gamma-Poisson model), and the forecast is their
mixture. Nothing grows for ever: to the future, growth fades within hours. The rate and the spread of growth that are
assumed before anything was seen are choices, not measurements. What the forecast is worth beside the simplest one, "as
many as just now", is shown on simulated cascades by ``benchmarks/spread_forecast.py``; real ones are not published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.policy.spread import Spread

_HOUR_S = 3600.0
_MEMORY_H = 48.0
"""Older sightings say nothing of what comes next."""
_PRIOR_COPIES, _PRIOR_H = 0.2, 2.0
"""As if a fifth of a copy had been seen within two hours before."""
_GROWTHS = np.linspace(-1.5, 1.5, 61)
"""Change of the logarithm of the rate in an hour; 0.7 doubles it."""
_GROWTH_SPREAD = 0.4
_FADES_H = 4.0
_MOST = 1_000_000
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
    model = _Mixture.of(spread, within_s)
    low, median, high = model.quantiles((0.1, 0.5, 0.9))
    return Expectation(low, median, high, model.mean)


def chance_of(spread: Spread, *, copies: int, within_s: float) -> float:
    """The probability, 0..1, that at least `copies` more are seen in the next `within_s` seconds."""
    return _Mixture.of(spread, within_s).at_least(copies)


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Negative binomials of one `shape` (G,): failures before, with success probabilities `stop` and `weights`."""

    shape: float
    stop: Floats
    weights: Floats

    @classmethod
    def of(cls, spread: Spread, within_s: float) -> _Mixture:
        ages_h, observed_h = _ages(spread)
        # The rate now beside the mean rate since looking began, for each growth.
        now = 1 / _mean_rate(observed_h, _GROWTHS)
        # How well each growth fits the times, whatever the mean rate.
        fit = -_GROWTHS * ages_h.sum() + len(ages_h) * np.log(now) - 0.5 * (_GROWTHS / _GROWTH_SPREAD) ** 2
        weights = np.exp(fit - fit.max())
        looked_h = _PRIOR_H + observed_h
        coming_h = np.maximum(now * _fading(within_s / _HOUR_S, _GROWTHS), 1e-9)
        # The first sighting only says when looking began.
        return cls(_PRIOR_COPIES + len(ages_h), looked_h / (looked_h + coming_h), weights / weights.sum())

    @property
    def mean(self) -> float:
        return float(self.weights @ (self.shape * (1 - self.stop) / self.stop))

    def at_least(self, count: int) -> float:
        if count <= 0:
            return 1.0
        return float(min(1.0, max(0.0, 1 - self.weights @ self._masses(count).sum(1))))

    def quantiles(self, levels: tuple[float, ...]) -> list[int]:
        """The smallest counts up to which each of `levels` of the probability lies; at most a million."""
        most = 64
        while True:
            cumulative = self.weights @ np.cumsum(self._masses(most), axis=1)
            if cumulative[-1] > max(levels) or most >= _MOST:
                found = np.searchsorted(cumulative, levels)
                return [min(int(count), _MOST) for count in found]
            most *= 4

    def _masses(self, count: int) -> Floats:
        """(G, count) probabilities of 0 to count - 1 copies."""
        k = np.arange(count - 1, dtype=np.float64)
        steps = np.concatenate([[0.0], np.cumsum(np.log((k + self.shape) / (k + 1)))])
        passing = np.log1p(-self.stop)[:, None] * np.arange(count)
        return np.asarray(np.exp(self.shape * np.log(self.stop)[:, None] + steps + passing))


def _ages(spread: Spread) -> tuple[Floats, float]:
    """Hours since each sighting after the first that is remembered, and since that first one."""
    seen = spread.within(_MEMORY_H * _HOUR_S)
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
