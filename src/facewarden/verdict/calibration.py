"""Calibration: a file with a card that turns raw scores into likelihood ratios, and those into levels.

Fitted by ``facewarden lab calibrate`` on a split that no model was trained on. For each voting cue a logistic
map (Platt 1999) gives the log-likelihood ratio of manipulated against genuine; the thresholds of the levels are
the quantiles of the *fused* ratio on genuine media, so that a level means a false-positive rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import ModelError
from facewarden.media.facts import MediaKind
from facewarden.models import registry
from facewarden.report.model import Level, Trial

DEFAULT_PATH = Path(__file__).parent.parent / "models" / "calibration.json"
_RIDGE = 1e-6
Rate = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WornMap(_Part):
    """What is added to slope and intercept where a picture's wear is 1; half of it where that is .5."""

    slope: float
    intercept: float


class CueMap(_Part):
    """Log-likelihood ratio = clip(slope * score + intercept, -bound, bound)."""

    slope: float
    intercept: float
    bound: float = Field(gt=0, description="no single cue may say more than its sample size supports")
    supports: bool = Field(
        default=False, description="whether it only counts beside a cue that judges by itself"
    )

    worn: WornMap | None = Field(
        default=None, description="for a cue that tells how worn a picture is: traces say less in it"
    )

    def llr(self, score: float, *, wear: float = 0.0) -> float:
        """Of a score in a picture of this wear, in [0, 1]."""
        slope, intercept = self.slope, self.intercept
        if self.worn is not None:
            slope, intercept = slope + wear * self.worn.slope, intercept + wear * self.worn.intercept
        return float(np.clip(slope * score + intercept, -self.bound, self.bound))


class Threshold(_Part):
    """The fused log-likelihood ratio from which on a level is given, and what that costs in genuine media."""

    llr: float
    false_positive_rate: Rate = Field(description="share of genuine media at or above, as stated to people")
    measured: Rate = Field(description="the share that was measured on the genuine media of the fit")
    true_positive_rate: Rate = Field(description="share of the forgeries of the fit at or above")
    tested: dict[MediaKind, Trial] = Field(
        default={},
        description="the same by kind of media: photos and clips share a threshold, not what it finds",
    )

    def found_in(self, media: MediaKind) -> float:
        """Share of the forgeries of that kind at or above; of all, where the kinds were not told apart."""
        tested = self.tested.get(media)
        return self.true_positive_rate if tested is None else round(tested.found / max(1, tested.forged), 4)


class Thresholds(_Part):
    """Levels by fused ratio: `weak` < `likely` < `very_likely`; below `no_sign` too few forgeries lie to say more.

    Between `no_sign` and `weak` both classes are plausible (class-conditional conformal sets hold both): the
    level is inconclusive.
    """

    no_sign: float
    missed_below_no_sign: Rate = Field(
        description="share of the forgeries of the fit that score below no_sign"
    )
    weak: Threshold
    likely: Threshold
    very_likely: Threshold

    def of(self, level: Level) -> Threshold | None:
        """That of a level; None for those that have none."""
        return {
            Level.WEAK: self.weak,
            Level.LIKELY: self.likely,
            Level.VERY_LIKELY: self.very_likely,
        }.get(level)


class Calibration(_Part):
    """The whole file."""

    version: str
    cues: dict[str, CueMap]
    thresholds: Thresholds
    prior: Rate = Field(description="share of manipulated media that probabilities assume")
    models: dict[str, str] = Field(description="model file to the first 12 hex digits of its sha256")
    card: dict[str, object] = Field(description="what it was fitted on, with counts")

    def probability(self, llr: float, *, faces: int = 1) -> float:
        """The probability, for the stated prior that at least one of `faces` is manipulated, that this one is."""
        prior = 1 - (1 - self.prior) ** (1 / max(faces, 1))
        return float(1 / (1 + np.exp(-(llr + np.log(prior / (1 - prior))))))


def load(path: Path = DEFAULT_PATH) -> Calibration:
    """Read a calibration file. Raises ModelError where it is missing or not one."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"The calibration file {path} cannot be read; install facewarden again.") from error
    except ValidationError as error:
        raise ModelError(f"The calibration file {path} is not one: {error.error_count()} faults.") from error


def default() -> Calibration:
    """The calibration of the model in use. Raises ModelError where that is damaged."""
    return _loaded(registry.in_use().calibration)


@cache
def _loaded(path: Path) -> Calibration:
    return load(path)


def fit_logistic(
    genuine: npt.NDArray[np.floating], forged: npt.NDArray[np.floating], *, rounds: int = 60
) -> tuple[float, float]:
    """Slope and intercept of the logistic regression with equal class weights and Platt's smoothed targets."""
    shares = [np.full(len(x), 0.5 / len(x)) for x in (genuine, forged)]
    (slope,), intercept = _logistic((genuine[:, None], forged[:, None]), shares, rounds)
    return float(slope), intercept


def fit_worn_logistic(
    genuine: npt.NDArray[np.floating],
    forged: npt.NDArray[np.floating],
    shares: tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]],
    *,
    rounds: int = 60,
) -> tuple[float, float, WornMap]:
    """The same where slope and intercept may change with the wear.

    Args:
        genuine, forged: (N, 2) score and wear.
        shares: (N,) what each of them weighs; those of a class come to one half.
    """
    both = [np.column_stack([x[:, 0], x[:, 1], x[:, 0] * x[:, 1]]) for x in (genuine, forged)]
    (slope, intercept_worn, slope_worn), intercept = _logistic((both[0], both[1]), shares, rounds)
    return float(slope), intercept, WornMap(slope=float(slope_worn), intercept=float(intercept_worn))


def _logistic(
    classes: tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]],
    shares: Sequence[npt.NDArray[np.floating]],
    rounds: int,
) -> tuple[npt.NDArray[np.float64], float]:
    """Slopes and intercept for the (N, K) features of genuine and of forged media."""
    x = np.concatenate(classes).astype(np.float64)
    genuine, forged = map(len, classes)
    target = np.concatenate(
        [np.full(genuine, 1 / (genuine + 2)), np.full(forged, (forged + 1) / (forged + 2))]
    )
    weight = np.concatenate(shares).astype(np.float64)
    middle, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    design = np.column_stack([(x - middle) / spread, np.ones(len(x))])
    beta = np.zeros(design.shape[1])
    for _ in range(rounds):
        p = 0.5 + 0.5 * np.tanh(design @ beta / 2)
        gradient = design.T @ (weight * (target - p)) - _RIDGE * beta
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + _RIDGE * np.eye(len(beta))
        step = np.linalg.solve(curvature, gradient)
        # Newton's step may leap where the curve is flat; halved until it leads downhill it always arrives.
        here = _loss(design, target, weight, beta)
        while np.abs(step).max() > 1e-12 and _loss(design, target, weight, beta + step) > here:
            step = step / 2
        beta = beta + step
    slopes = beta[:-1] / spread
    return slopes, float(beta[-1] - slopes @ middle)


def _loss(
    design: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    beta: npt.NDArray[np.float64],
) -> float:
    logits = design @ beta
    return float(weight @ (np.logaddexp(0, logits) - target * logits) + _RIDGE / 2 * beta @ beta)


def genuine_quantile(genuine: npt.NDArray[np.floating], rate: float) -> float:
    """The lowest threshold at which at most `rate` of the genuine scores lie at or above it."""
    ordered = np.sort(genuine)[::-1]
    allowed = int(np.floor(rate * len(ordered)))
    return float(np.nextafter(ordered[allowed], np.inf)) if allowed < len(ordered) else float("-inf")
