"""Alarms at each level of a report, and how far probabilities may be taken at their word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import draws
from facewarden.lab.bench.detector import Outcome
from facewarden.lab.bench.metrics import Indices, Interval
from facewarden.report.model import Level

ALARMS = (Level.WEAK, Level.LIKELY, Level.VERY_LIKELY)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Files of one source, and how many of *all* of them are flagged at a level or above.

    Attributes:
        source: a method, or ``all clips`` / ``all photos``.
        label: ``real`` (a flag is a false alarm) or ``fake`` (a flag is a find).
        flagged: level to number of files at that level or above.
        shares: level to share with its interval.
    """

    source: str
    label: str
    files: int
    judged: int
    abstained: int
    failed: int
    flagged: dict[Level, int]
    shares: dict[Level, Interval]
    unit: str


@dataclass(frozen=True, slots=True)
class ProbabilityRow:
    """How honest the probabilities are over the judged files of one kind of media, or of both.

    Attributes:
        media: ``all clips``, ``all photos`` or ``all files``.
        by_chance: the calibration error if every probability were exactly true.
    """

    media: str
    files: int
    forged: int
    brier: float
    calibration_error: float
    by_chance: Interval


def flags(levels: Iterable[str]) -> dict[Level, int]:
    """Level to how many of `levels`, "" where a detector gave none, are at it or above."""
    ranks = [Level(level).rank for level in levels if level]
    return {level: sum(rank >= level.rank for rank in ranks) for level in ALARMS}


def level_rows(outcomes: Sequence[Outcome], *, rounds: int = 1000, seed: int = 0) -> tuple[LevelRow, ...]:
    """Return one row for each method and class, then one for all clips and all photos of each class."""
    rows: list[LevelRow] = []
    for label in ("real", "fake"):
        chosen = [o for o in outcomes if o.item.label == label]
        for method in sorted({o.item.method for o in chosen}):
            rows.append(_row(method, label, [o for o in chosen if o.item.method == method], rounds, seed))
        for media in ("clip", "photo"):
            group = [o for o in chosen if o.item.media == media]
            if group:
                rows.append(_row(f"all {media}s", label, group, rounds, seed))
    return tuple(rows)


def probability_rows(outcomes: Sequence[Outcome]) -> tuple[ProbabilityRow, ...]:
    """Return one row for each kind of media that was judged with probabilities, and one for both together."""
    rows: list[ProbabilityRow] = []
    present = {o.item.media for o in outcomes}
    groups = [("clip",), ("photo",), ("clip", "photo")]
    for kinds in (kinds for kinds in groups if present.issuperset(kinds)):
        judged = [
            (o.judgement.score, o.item.is_fake)
            for o in outcomes
            if o.item.media in kinds and o.judgement.is_probability and o.judgement.score is not None
        ]
        if judged:
            scores, is_fake = np.array([s for s, _ in judged]), np.array([f for _, f in judged])
            rows.append(
                ProbabilityRow(
                    media=f"all {kinds[0]}s" if len(kinds) == 1 else "all files",
                    files=len(judged),
                    forged=int(is_fake.sum()),
                    brier=metrics.brier(scores, is_fake),
                    calibration_error=metrics.calibration_error(scores, is_fake),
                    by_chance=metrics.calibration_error_by_chance(scores),
                )
            )
    return tuple(rows)


def _row(source: str, label: str, outcomes: Sequence[Outcome], rounds: int, seed: int) -> LevelRow:
    names, strata, unit = draws([o.item for o in outcomes])
    ranks = np.array([Level(o.judgement.level).rank if o.judgement.level else -1 for o in outcomes])

    def share(level: Level) -> Interval:
        at_least = ranks >= level.rank

        def measure(indices: Indices) -> float:
            return float(at_least[indices].mean())

        return metrics.bootstrap(names, measure, strata=strata, rounds=rounds, seed=seed)

    return LevelRow(
        source=source,
        label=label,
        files=len(outcomes),
        judged=sum(o.state == "judged" for o in outcomes),
        abstained=sum(o.state == "abstained" for o in outcomes),
        failed=sum(o.state == "failed" for o in outcomes),
        flagged=flags(o.judgement.level for o in outcomes),
        shares={level: share(level) for level in ALARMS},
        unit=unit,
    )
