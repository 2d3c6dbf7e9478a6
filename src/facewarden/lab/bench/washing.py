"""Detectors after a laundering of the files: what is left of the AUC, on the very same files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest, Verdict, draws, sample
from facewarden.lab.bench.metrics import Indices, Interval
from facewarden.lab.dataset import Item

WASHES = (
    "h264:23", "h264:28", "h264:35", "hevc:28", "height480", "height360", "height360+h264:35", "jpeg90", "jpeg50",
    "jpeg20", "screen3", "border20", "sticker80",
)  # fmt: skip
"""As `launder.parse` reads them; a photo goes through a codec as a single picture. ``screen3`` is a screen filmed by a
phone, ``border20`` a screenshot with the edge of a window."""


@dataclass(frozen=True, slots=True)
class WashRow:
    """A detector after one laundering, over the files that it judged both before and after.

    Attributes:
        wash: the steps.
        files: that were laundered.
        judged: of them before and after.
        lost: judged before, not after: abstained or failed.
        clean, washed: contest to AUC; a contest with one class only is left out.
        mean_clean, mean_washed: means over the contests.
        drop: of the mean, with its interval: what the laundering costs.
    """

    detector: str
    wash: str
    files: int
    judged: int
    lost: int
    clean: dict[str, float]
    washed: dict[str, float]
    mean_clean: float
    mean_washed: float
    drop: Interval


def samples(matches: Sequence[Contest], *, most: int, seed: int) -> tuple[Contest, ...]:
    """Draw at most `most` forgeries of each contest, with their twins or as many genuine files."""
    return tuple(
        Contest(match.name, match.against, tuple(sample(match, most=most, seed=seed)), match.paired)
        for match in matches
    )


def wash_row(
    detector: str,
    wash: str,
    matches: Sequence[Contest],
    before: Mapping[Item, Verdict],
    after: Mapping[Item, Verdict],
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> WashRow:
    """Compare one detector before and after; `before` and `after` hold every item of the contests."""
    names: list[str] = []
    strata: list[str] = []
    owners: list[int] = []
    kept: list[Item] = []
    for number, match in enumerate(matches):
        own = [i for i in match.items if before[i].score is not None and after[i].score is not None]
        if len({item.is_fake for item in own}) < 2:
            continue
        clusters, classes, _ = draws(own)
        names += [f"{number} {name}" for name in clusters]
        strata += [f"{number} {kind}" for kind in classes]
        owners += [number] * len(own)
        kept += own
    owner, is_fake = np.array(owners, np.intp), np.array([item.is_fake for item in kept], np.bool_)
    clean = np.array([before[item].score for item in kept], np.float64)
    washed = np.array([after[item].score for item in kept], np.float64)

    def areas(scores: metrics.Floats, rows: Indices) -> dict[int, float]:
        return {
            int(n): metrics.auc(scores[rows[owner[rows] == n]], is_fake[rows[owner[rows] == n]])
            for n in np.unique(owner)
        }

    def mean(scores: metrics.Floats, rows: Indices) -> float:
        found = areas(scores, rows)
        return float(np.mean(list(found.values()))) if found else float("nan")

    def drop(rows: Indices) -> float:
        return mean(clean, rows) - mean(washed, rows)

    every = np.arange(len(kept))
    files = list(dict.fromkeys(item for match in matches for item in match.items))
    judged_before = [item for item in files if before[item].score is not None]
    lost = sum(after[item].score is None for item in judged_before)
    return WashRow(
        detector=detector,
        wash=wash,
        files=len(files),
        judged=len(judged_before) - lost,
        lost=lost,
        clean={matches[n].name: area for n, area in areas(clean, every).items()},
        washed={matches[n].name: area for n, area in areas(washed, every).items()},
        mean_clean=mean(clean, every),
        mean_washed=mean(washed, every),
        drop=metrics.bootstrap(names, drop, strata=strata, rounds=rounds, seed=seed, bounded=False),
    )
