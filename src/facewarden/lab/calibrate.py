"""Fitting the calibration on a split that no model was trained on.

Every file of the split is checked as a user would check it; the raw score of each voting cue is set against the
truth. The logistic maps are fitted with both classes weighing the same. A cue that only supports has nothing that was
trained, so its map may be fitted on clips of another split, even the one that the network learnt from. The levels'
thresholds are quantiles of the fused ratio over the genuine files.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from facewarden.checker import Checker
from facewarden.cues import temporal_texture
from facewarden.cues.frame_forgery import MODEL, NAME, FrameForgery
from facewarden.cues.protocol import Cue
from facewarden.effort import DEFAULT
from facewarden.errors import UsageError
from facewarden.lab.dataset import Dataset, Item, sha256
from facewarden.lab.workers import workers
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
    genuine_quantile,
)

_KINDS: tuple[MediaKind, ...] = ("photo", "clip")
Hook = Callable[[str, int, int], None]
WEAK_RATE, LIKELY_RATE = 0.05, 0.01
MISSED_RATE = 0.10
"""Share of the forgeries that may score below ``no_sign``."""
SUPPORTING = (temporal_texture.NAME,)
_LEAST_SUPPORT = 10
"""Clips of each class that a supporting cue needs, or it gets no vote."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The voting cues' scores of each face that the network judged; none where it abstained (`reason`)."""

    item: Item
    faces: tuple[Mapping[str, float], ...]
    reason: str = ""

    @property
    def score(self) -> float | None:
        """The network's highest score of a face."""
        return max((face[NAME] for face in self.faces), default=None)

    def supported_by(self, cue: str) -> float | None:
        """What a supporting cue says of the face that the network holds for the most suspicious one."""
        return max(self.faces, key=lambda face: face[NAME]).get(cue) if self.faces else None

    def llr(self, maps: Mapping[str, CueMap]) -> float:
        """The highest fused ratio of a face."""
        return max(
            sum(maps[cue].llr(score) for cue, score in face.items() if cue in maps) for face in self.faces
        )


def score_files(
    items: Sequence[Item], *, processes: int = 2, hook: Hook | None = None, bundle: Bundle | None = None
) -> list[Scored]:
    """Check every file as a user would and take the raw score, of the network in `bundle` where one is given."""
    if bundle is not None:
        bundle.checked_network()
    scored = []
    score = partial(_score, bundle=bundle)
    with workers(processes) as pool:
        try:
            for number, outcome in enumerate(pool.map(score, items, chunksize=4), start=1):
                scored.append(outcome)
                if hook is not None:
                    hook("calibrate", number, len(items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return scored


def fit(
    scored: Sequence[Scored],
    *,
    version: str,
    bundle: Bundle | None = None,
    support: Sequence[Scored] | None = None,
) -> Calibration:
    """Fit the calibration, of the network in `bundle` where one is given; supporting cues on `support` (default: on
    the same files).

    Raises:
        UsageError: either class has fewer than 50 judged files, or high scores do not speak for forgery.
    """
    judged = [s for s in scored if s.faces]
    genuine = np.array([s.score for s in judged if not s.item.is_fake], np.float64)
    forged = np.array([s.score for s in judged if s.item.is_fake], np.float64)
    if min(len(genuine), len(forged)) < 50:
        raise UsageError(
            f"Calibration needs 50 judged files of each class, but got {len(genuine)} genuine and "
            f"{len(forged)} forged; use a larger split."
        )
    slope, intercept = fit_logistic(genuine, forged)
    if slope <= 0:
        raise UsageError("Higher scores must speak for forgery, but they do not on this split; retrain.")
    bound = float(np.log(len(genuine)))
    maps = {NAME: CueMap(slope=slope, intercept=intercept, bound=bound)}
    files_of = {cue: _support(cue, scored if support is None else support) for cue in SUPPORTING}
    maps |= {
        cue: fitted for cue, files in files_of.items() if (fitted := _supporting_map(*files)) is not None
    }
    genuine_of, forged_of = (
        {
            kind: np.array([s.llr(maps) for s in judged if s.item.media == kind and s.item.is_fake == fake])
            for kind in _KINDS
        }
        for fake in (False, True)
    )
    return Calibration(
        version=version,
        cues=maps,
        thresholds=_thresholds(genuine_of, forged_of),
        prior=0.5,
        models={MODEL: (bundle.card().sha256 if bundle else model_digest(MODEL))[:12]},
        card=_card(scored, len(genuine), len(forged))
        | {
            f"{cue}_fitted_on": {"genuine_clips": len(real), "forged_clips": len(fake), "votes": cue in maps}
            for cue, (real, fake) in files_of.items()
        },
    )


def _support(cue: str, scored: Sequence[Scored]) -> tuple[list[float], list[float]]:
    """The scores of a supporting cue on genuine and on forged clips."""
    said = [(s.item.is_fake, score) for s in scored if (score := s.supported_by(cue)) is not None]
    return [score for fake, score in said if not fake], [score for fake, score in said if fake]


def _supporting_map(genuine: Sequence[float], forged: Sequence[float]) -> CueMap | None:
    """Its map, None where there are too few clips, or where it does not speak for forgery."""
    if min(len(genuine), len(forged)) < _LEAST_SUPPORT:
        return None
    slope, intercept = fit_logistic(np.array(genuine), np.array(forged))
    bound = float(np.log(min(len(genuine), len(forged))))
    return CueMap(slope=slope, intercept=intercept, bound=bound, supports=True) if slope > 0 else None


def _thresholds(
    genuine_of: Mapping[MediaKind, np.ndarray], forged_of: Mapping[MediaKind, np.ndarray]
) -> Thresholds:
    """A rate must hold for genuine photos and for genuine clips, each taken alone: the stricter one decides."""
    kinds = [ratios for ratios in genuine_of.values() if len(ratios)]
    genuine, forged = np.concatenate(kinds), np.concatenate(list(forged_of.values()))
    weak = max(genuine_quantile(kind, WEAK_RATE) for kind in kinds)
    likely = max(genuine_quantile(kind, LIKELY_RATE) for kind in kinds)
    # A hair above the highest genuine file: batches of another size move a score in its third decimal.
    highest = float(genuine.max()) + 0.02
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


def usable(data: Dataset, split: str) -> list[Item]:
    """The files of a split without those that lie byte for byte in another split as well.

    Raises:
        UsageError: the split is empty, or a file of the data set cannot be read.
    """
    items = data.select(split=split)
    if not items:
        splits = ", ".join(sorted({item.split for item in data.items}))
        raise UsageError(
            f"{data.root} has no files in the split {split}; it has {splits or 'no files at all'}."
        )
    try:
        elsewhere = {sha256(item.path) for item in data.items if item.split != split}
        return [item for item in items if sha256(item.path) not in elsewhere]
    except OSError as error:
        raise UsageError(
            f"{error.filename} is in the manifest but cannot be read: {error.strerror}."
        ) from error


def _score(item: Item, bundle: Bundle | None = None) -> Scored:
    report = _checker(bundle).check(item.path)
    voting = {NAME, *SUPPORTING}
    said = [
        {r.cue: r.score for r in face.cues if r.cue in voting and r.score is not None}
        for face in report.faces
    ]
    faces = tuple(scores for scores in said if NAME in scores)
    return Scored(item, faces) if faces else Scored(item, (), report.reason or "no_face")


@cache
def _checker(bundle: Bundle | None = None) -> Checker:
    flat = Threshold(llr=1e9, false_positive_rate=0, measured=0, true_positive_rate=0)
    neutral = Calibration(
        version="none",
        cues={NAME: CueMap(slope=1, intercept=0, bound=1e9)},
        thresholds=Thresholds(no_sign=1e9, missed_below_no_sign=0, weak=flat, likely=flat, very_likely=flat),
        prior=0.5,
        models={},
        card={},
    )
    cues: list[Cue] | None = None
    if bundle:
        cues = [
            FrameForgery(samples_per_s=DEFAULT.samples_per_s, bundle=bundle),
            temporal_texture.TemporalTexture(),
        ]
    return Checker(calibration=neutral, cues=cues)
