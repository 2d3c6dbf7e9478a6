"""Measures of a detector, and how sure one may be of them. numpy only.

Scores are in any scale, higher is more suspicious; labels are True for a forgery. Nothing here knows files,
abstentions or failures: a score that was not given does not come in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value with its 95 % interval; `value` is NaN where it could not be measured."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        return not np.isnan(self.value)


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def auc(scores: Floats, is_fake: Bools) -> float:
    """Chance that a forgery scores above a genuine file, ties counted half; NaN without both classes."""
    scores, is_fake = _checked(scores, is_fake)
    fakes, reals = int(is_fake.sum()), int((~is_fake).sum())
    if not fakes or not reals:
        return float("nan")
    rank_sum = _midranks(scores)[is_fake].sum()
    return float((rank_sum - fakes * (fakes + 1) / 2) / (fakes * reals))


def threshold_at_fpr(scores: Floats, is_fake: Bools, fpr: float) -> float:
    """Lowest threshold at which at most the share `fpr` of the genuine files scores at or above it.

    Conservative: with fewer than 1 / `fpr` genuine files, none of them may pass. +inf is never needed: the
    threshold then lies just above the highest genuine score. NaN without genuine files.
    """
    scores, is_fake = _checked(scores, is_fake)
    reals = np.sort(scores[~is_fake])[::-1]
    if not reals.size:
        return float("nan")
    allowed = int(np.floor(fpr * reals.size + 1e-9))
    # Not the score of the last allowed file itself: files that tie with the next one must all stay below.
    return float(np.nextafter(reals[allowed], np.inf)) if allowed < reals.size else float(reals[-1])


def tpr_at_fpr(scores: Floats, is_fake: Bools, fpr: float = 0.05) -> float:
    """Share of forgeries at or above `threshold_at_fpr`; NaN without both classes."""
    scores, is_fake = _checked(scores, is_fake)
    threshold = threshold_at_fpr(scores, is_fake, fpr)
    if not is_fake.any() or np.isnan(threshold):
        return float("nan")
    return float((scores[is_fake] >= threshold).mean())


def equal_error_rate(scores: Floats, is_fake: Bools) -> float:
    """Error rate where as large a share of genuine files is flagged as of forgeries is missed.

    The two step functions are joined linearly between thresholds; NaN without both classes.
    """
    scores, is_fake = _checked(scores, is_fake)
    fakes, reals = scores[is_fake], scores[~is_fake]
    if not fakes.size or not reals.size:
        return float("nan")
    thresholds = np.concatenate([[-np.inf], np.unique(scores), [np.inf]])
    flagged = 1 - np.searchsorted(np.sort(reals), thresholds, side="left") / reals.size
    missed = np.searchsorted(np.sort(fakes), thresholds, side="left") / fakes.size
    gap = missed - flagged
    after = int(np.argmax(gap >= 0))
    before = max(after - 1, 0)
    step = gap[after] - gap[before]
    share = 0.0 if step == 0 else -gap[before] / step
    return float(missed[before] + share * (missed[after] - missed[before]))


def paired_accuracy(fake_scores: Floats, real_scores: Floats) -> float:
    """Share of pairs whose forgery scores above its own genuine twin, ties counted half; NaN without pairs.

    Both arrays are (P,), aligned pair by pair.
    """
    fake_scores, real_scores = np.asarray(fake_scores, float), np.asarray(real_scores, float)
    if fake_scores.shape != real_scores.shape or fake_scores.ndim != 1:
        raise ValueError(
            "fake_scores and real_scores must be (P,) alike, "
            f"but got {fake_scores.shape} and {real_scores.shape}"
        )
    if not fake_scores.size:
        return float("nan")
    return float(((fake_scores > real_scores) + 0.5 * (fake_scores == real_scores)).mean())


def brier(probabilities: Floats, is_fake: Bools) -> float:
    """Mean squared distance of the probability from the truth, 0 best, .25 for a constant one half."""
    probabilities, is_fake = _checked(probabilities, is_fake)
    if not probabilities.size:
        return float("nan")
    return float(((probabilities - is_fake) ** 2).mean())


def calibration_error(probabilities: Floats, is_fake: Bools, *, bins: int = 10) -> float:
    """Expected calibration error: |mean probability - share of forgeries| over equal bins, by weight."""
    probabilities, is_fake = _checked(probabilities, is_fake)
    if not probabilities.size:
        return float("nan")
    slot = np.clip((probabilities * bins).astype(int), 0, bins - 1)
    counts = np.bincount(slot, minlength=bins)
    gaps = np.bincount(slot, weights=probabilities - is_fake, minlength=bins)
    return float(np.abs(gaps).sum() / counts.sum())


def calibration_error_by_chance(
    probabilities: Floats, *, bins: int = 10, rounds: int = 1000, seed: int = 0
) -> Interval:
    """What `calibration_error` would read for these probabilities if every one of them were exactly true.

    Few files never come out as often as was said, so even a perfect detector has an error (Bröcker & Smith 2007 draw
    the same for reliability diagrams). The value is the median of `rounds` draws of the truth, the interval holds
    95 % of them; unknown without probabilities.
    """
    probabilities = np.asarray(probabilities, float)
    if not probabilities.size:
        return UNKNOWN
    drawn = np.random.default_rng(seed).random((rounds, probabilities.size)) < probabilities
    errors = [calibration_error(probabilities, truth, bins=bins) for truth in drawn]
    low, middle, high = np.quantile(errors, [0.025, 0.5, 0.975])
    return Interval(float(middle), float(low), float(high))


def share(hits: int, total: int) -> Interval:
    """`hits` of `total` with the 95 % interval of Wilson (1927), which also holds for few and at 0 and 1."""
    if not total:
        return UNKNOWN
    z, value = 1.959964, hits / total
    middle = (value + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * float(np.sqrt(value * (1 - value) / total + z**2 / (4 * total**2)))
    # At the ends the formula gives exactly 0 and 1, but for rounding.
    return Interval(value, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(
    clusters: Sequence[str],
    measure: Callable[[Indices], float],
    *,
    strata: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    bounded: bool = True,
) -> Interval:
    """95 % interval of one measure; see `bootstrap_all`."""
    (interval,) = bootstrap_all(
        clusters, {"": measure}, strata=strata, rounds=rounds, seed=seed, bounded=bounded
    ).values()
    return interval


def bootstrap_all(
    clusters: Sequence[str],
    measures: Mapping[str, Callable[[Indices], float]],
    *,
    strata: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    bounded: bool = True,
) -> dict[str, Interval]:
    """95 % intervals of several measures, by drawing whole clusters with replacement.

    Args:
        clusters: one name for each row; rows of one cluster are drawn together.
        measures: each called with indices into the rows (repeated as drawn); may return NaN for a useless draw.
        strata: one name for each row, the same within a cluster; each stratum keeps its number of clusters.
            By default a single stratum.
        rounds: draws.
        seed: the same seed gives the same numbers.
        bounded: the measures lie in [0, 1]. Where all draws agree on 0 or 1, drawing again says nothing about
            the unseen; the open end then is the exact binomial bound for as many draws as clusters.

    Returns each measure on all rows with the 2.5 % and 97.5 % quantiles of the draws.
    """
    names = np.asarray(clusters)
    if not names.size:
        return dict.fromkeys(measures, UNKNOWN)
    values = {name: measure(np.arange(names.size)) for name, measure in measures.items()}
    asked = {name: measure for name, measure in measures.items() if not np.isnan(values[name])}
    groups = _grouped(names, clusters, strata)
    generator = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds if asked else 0):
        picked = [g[i] for g in groups for i in generator.integers(len(g), size=len(g))]
        indices = np.concatenate(picked)
        for name, measure in asked.items():
            draws[name].append(measure(indices))
    fewest = min(len(group) for group in groups) if bounded else 0
    return {name: _interval(value, draws.get(name, []), fewest) for name, value in values.items()}


def _grouped(
    names: npt.NDArray[np.str_], clusters: Sequence[str], strata: Sequence[str] | None
) -> list[list[Indices]]:
    """The rows of each cluster, by stratum, in the order of their first appearance."""
    members = {name: np.flatnonzero(names == name) for name in dict.fromkeys(clusters)}
    stratum_of = (
        dict(zip(clusters, strata, strict=True)) if strata is not None else dict.fromkeys(members, "")
    )
    groups: dict[str, list[Indices]] = {}
    for name, rows in members.items():
        groups.setdefault(stratum_of[name], []).append(rows)
    return list(groups.values())


def _interval(value: float, draws: Sequence[float], fewest: int) -> Interval:
    if np.isnan(value):
        return UNKNOWN
    kept = np.asarray([draw for draw in draws if not np.isnan(draw)])
    if not kept.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(kept, [0.025, 0.975])
    if fewest and low == high and value in (0.0, 1.0):
        slack = 0.025 ** (1 / fewest)
        low, high = (slack, 1.0) if value == 1.0 else (0.0, 1 - slack)
    return Interval(value, float(low), float(high))


def _midranks(scores: Floats) -> Floats:
    """(N,) ranks from 1; equal scores share the mean of their ranks."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle = ends - (counts - 1) / 2
    return np.asarray(middle[inverse.reshape(-1)], dtype=np.float64)


def _checked(scores: Floats, is_fake: Bools) -> tuple[Floats, Bools]:
    scores, is_fake = np.asarray(scores, dtype=np.float64), np.asarray(is_fake, dtype=np.bool_)
    if scores.ndim != 1 or scores.shape != is_fake.shape:
        raise ValueError(f"scores and is_fake must be (N,) alike, but got {scores.shape} and {is_fake.shape}")
    if np.isnan(scores).any():
        raise ValueError("scores must be numbers, but got NaN: leave a file that was not judged out")
    return scores, is_fake
