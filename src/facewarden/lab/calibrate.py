"""Fitting the calibration on a split that no model was trained on.

The raw score of each voting cue (see `raw_scores`) is set against the truth. The logistic maps are fitted with both
classes weighing the same. A cue that only supports has nothing that was trained, so its map may be fitted on clips
of another split, even the one that the network learnt from. The levels' thresholds are quantiles of the fused ratio
over the genuine files, as they are and after what happens to files on their way.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from facewarden.cues.frame_forgery import MODEL, NAME
from facewarden.errors import UsageError
from facewarden.lab.raw_scores import SUPPORTING, Scored
from facewarden.media.facts import MediaKind
from facewarden.models import model_digest
from facewarden.models.bundle import Bundle
from facewarden.report.model import Trial
from facewarden.verdict.calibration import (
    Calibration,
    CueMap,
    Threshold,
    Thresholds,
    fit_logistic,
    fit_worn_logistic,
    genuine_quantile,
)

_KINDS: tuple[MediaKind, ...] = ("photo", "clip")
WEAK_RATE, LIKELY_RATE = 0.05, 0.01
MISSED_RATE = 0.10
"""Share of the forgeries that may score below ``no_sign``."""
_LEAST_SUPPORT = 10
"""Clips of each class that a supporting cue needs, or it gets no vote."""


def fit(
    scored: Sequence[Scored],
    *,
    version: str,
    bundle: Bundle | None = None,
    support: Sequence[Scored] | None = None,
) -> Calibration:
    """Fit the calibration, of the network in `bundle` where one is given; supporting cues on `support` (default: on
    the same files as they are).

    Where files were also `scored` after launderings, the levels' rates hold for genuine ones after them as well, taken
    together. A network that tells wear then gets a map that changes with it, each laundering weighing as much as the
    files as they are.

    Raises:
        UsageError: either class has fewer than 50 judged files, or high scores do not speak for forgery.
    """
    judged = [s for s in scored if s.faces and not s.wash]
    worn = [s for s in scored if s.faces and s.wash]
    genuine, forged = ([s for s in judged if s.item.is_fake == fake] for fake in (False, True))
    if min(len(genuine), len(forged)) < 50:
        raise UsageError(
            f"Calibration needs 50 judged files of each class, but got {len(genuine)} genuine and "
            f"{len(forged)} forged; use a larger split."
        )
    maps = {NAME: _own_map(judged, worn)}
    as_they_are = [s for s in scored if not s.wash]
    files_of = {cue: _support(cue, as_they_are if support is None else support) for cue in SUPPORTING}
    maps |= {
        cue: fitted for cue, files in files_of.items() if (fitted := _supporting_map(*files)) is not None
    }
    thresholds = _thresholds(
        _ratios(genuine, maps), _ratios(forged, maps), _ratios([s for s in worn if not s.item.is_fake], maps)
    )
    return Calibration(
        version=version,
        cues=maps,
        thresholds=thresholds,
        prior=0.5,
        models={MODEL: (bundle.card().sha256 if bundle else model_digest(MODEL))[:12]},
        card=_card(as_they_are, len(genuine), len(forged))
        | ({"after_launderings": _after(worn, maps, thresholds)} if worn else {})
        | {
            f"{cue}_fitted_on": {"genuine_clips": len(real), "forged_clips": len(fake), "votes": cue in maps}
            for cue, (real, fake) in files_of.items()
        },
    )


def _own_map(judged: Sequence[Scored], worn: Sequence[Scored]) -> CueMap:
    """That of the network: by the files as they are, or by all where it tells how worn they are."""
    bound = float(np.log(sum(not s.item.is_fake for s in judged)))
    every = [*judged, *worn]
    if not worn or any(s.wear is None for s in every):
        slope, intercept = fit_logistic(
            *(np.array([s.score for s in judged if s.item.is_fake == fake], np.float64) for fake in (0, 1))
        )
        weary = None
    else:
        classes = [[s for s in every if s.item.is_fake == fake] for fake in (False, True)]
        genuine, forged = (np.array([(s.score, s.wear) for s in each], np.float64) for each in classes)
        slope, intercept, weary = fit_worn_logistic(genuine, forged, (_even(classes[0]), _even(classes[1])))
    if slope <= 0 or (weary is not None and slope + weary.slope <= 0):
        raise UsageError("Higher scores must speak for forgery, but they do not on this split; retrain.")
    return CueMap(slope=slope, intercept=intercept, bound=bound, worn=weary)


def _even(files: Sequence[Scored]) -> np.ndarray:
    """What each file weighs, so that each laundering weighs the same and all come to one half."""
    counts = Counter(s.wash for s in files)
    return np.array([0.5 / len(counts) / counts[s.wash] for s in files])


def _ratios(files: Sequence[Scored], maps: Mapping[str, CueMap]) -> dict[MediaKind, np.ndarray]:
    return {kind: np.array([s.llr(maps) for s in files if s.item.media == kind]) for kind in _KINDS}


def _after(worn: Sequence[Scored], maps: Mapping[str, CueMap], limits: Thresholds) -> dict[str, object]:
    """Laundering to how many genuine and forged files were judged after it, and how many reach each level."""
    levels = {"weak": limits.weak, "likely": limits.likely, "very_likely": limits.very_likely}
    told: dict[str, object] = {}
    for wash in dict.fromkeys(s.wash for s in worn):
        for label, fake in (("genuine", False), ("forged", True)):
            ratios = [s.llr(maps) for s in worn if s.wash == wash and s.item.is_fake == fake]
            flagged = {name: sum(ratio >= level.llr for ratio in ratios) for name, level in levels.items()}
            told[f"{wash}, {label}"] = {"judged": len(ratios)} | flagged
    return told


def _support(cue: str, scored: Sequence[Scored]) -> tuple[list[float], list[float]]:
    """The scores of a supporting cue on genuine and on forged clips."""
    said = [(s.item.is_fake, score) for s in scored if (score := s.beside(cue)) is not None]
    return [score for fake, score in said if not fake], [score for fake, score in said if fake]


def _supporting_map(genuine: Sequence[float], forged: Sequence[float]) -> CueMap | None:
    """Its map, None where there are too few clips, or where it does not speak for forgery."""
    if min(len(genuine), len(forged)) < _LEAST_SUPPORT:
        return None
    slope, intercept = fit_logistic(np.array(genuine), np.array(forged))
    bound = float(np.log(min(len(genuine), len(forged))))
    return CueMap(slope=slope, intercept=intercept, bound=bound, supports=True) if slope > 0 else None


def _thresholds(
    genuine_of: Mapping[MediaKind, np.ndarray],
    forged_of: Mapping[MediaKind, np.ndarray],
    worn_of: Mapping[MediaKind, np.ndarray],
) -> Thresholds:
    """A rate must hold for genuine photos and for genuine clips, as they are and after launderings, each taken alone:
    the strictest decides.
    """
    kinds = [ratios for ratios in (*genuine_of.values(), *worn_of.values()) if len(ratios)]
    genuine, forged = (np.concatenate(list(groups.values())) for groups in (genuine_of, forged_of))
    weak = max(genuine_quantile(kind, WEAK_RATE) for kind in kinds)
    likely = max(genuine_quantile(kind, LIKELY_RATE) for kind in kinds)
    # A hair above the highest genuine file: batches of another size move a score in its third decimal.
    highest = max(float(kind.max()) for kind in kinds) + 0.02
    no_sign = min(float(np.quantile(forged, MISSED_RATE, method="lower")), weak)
    # None of n genuine files reaches the highest level; with 95 % confidence its rate is then below 3 / n. Nor is
    # it above that of the level below, which it is part of.
    rate = min(round(3 / len(genuine), 4), LIKELY_RATE)

    def threshold(llr: float, stated: float) -> Threshold:
        flagged, found = (round(float((group >= llr).mean()), 4) for group in (genuine, forged))
        return Threshold(
            llr=llr,
            false_positive_rate=stated,
            measured=flagged,
            true_positive_rate=found,
            tested={kind: _tested(genuine_of[kind], forged_of[kind], llr) for kind in genuine_of},
        )

    return Thresholds(
        no_sign=no_sign,
        missed_below_no_sign=round(float((forged < no_sign).mean()), 4),
        weak=threshold(weak, WEAK_RATE),
        likely=threshold(likely, LIKELY_RATE),
        very_likely=threshold(highest, rate),
    )


def _tested(genuine: np.ndarray, forged: np.ndarray, llr: float) -> Trial:
    flagged, found = (int((ratios >= llr).sum()) for ratios in (genuine, forged))
    return Trial(genuine=len(genuine), flagged=flagged, forged=len(forged), found=found)


def _card(scored: Sequence[Scored], genuine: int, forged: int) -> dict[str, object]:
    methods = Counter(f"{s.item.method} ({s.item.label} {s.item.media})" for s in scored if s.faces)
    abstained = Counter(s.reason for s in scored if not s.faces)
    return {
        "fitted": dt.datetime.now(dt.UTC).date().isoformat(),
        "genuine_files": genuine,
        "forged_files": forged,
        "files_by_method": dict(sorted(methods.items())),
        "abstained": dict(abstained),
        "note": "Photos and clips share one map and one set of thresholds; each stated rate holds for the genuine "
        "photos and for the genuine clips of the fit, each taken alone. Where there are fewer than 100 of a kind, a "
        "rate of 1 % there only means that none was flagged. Probabilities assume the prior stated above.",
    }
