"""Detectors by what the files are like: the height, turn and sharpness of the face, and the size of the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest, Verdict, draws
from facewarden.lab.bench.metrics import UNKNOWN, Indices, Interval
from facewarden.lab.dataset import Item, twins

_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """A fact of `sights.FACTS` and the edges of its bins; a value on an edge belongs to the upper bin."""

    fact: str
    title: str
    edges: tuple[float, ...]

    def bin_of(self, value: float) -> int:
        """0 below the first edge."""
        return int(np.searchsorted(self.edges, value, side="right"))

    def label(self, number: int) -> str:
        """In words: ``below 80``, ``80 to 120``, ``from 200``."""
        if number == 0:
            return f"below {self.edges[0]:g}"
        if number == len(self.edges):
            return f"from {self.edges[-1]:g}"
        return f"{self.edges[number - 1]:g} to {self.edges[number]:g}"


AXES = (
    Axis("face_height_px", "face height, px", (80, 120, 160, 220)),
    Axis("yaw_deg", "yaw, degrees to either side", (10, 20, 35)),
    Axis("sharpness", "sharpness", (0.12, 0.18, 0.24, 0.3)),
    Axis("picture_px", "shorter side of the picture, px", (230, 300, 400, 500)),
)


@dataclass(frozen=True, slots=True)
class AxisRow:
    """A detector over the files of one bin of one axis of one contest; unknown with fewer than five of a class."""

    contest: str
    detector: str
    axis: str
    bin: str
    fakes: int
    reals: int
    judged: int
    auc: Interval
    pairs: int
    paired_accuracy: Interval


def axis_rows(
    contest: Contest,
    detector: str,
    verdicts: Mapping[Item, Verdict],
    facts: Mapping[Item, Mapping[str, float]],
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[AxisRow, ...]:
    """Return one row for each bin that holds files, of each axis on which the contest spreads over several bins.

    Twins stay together, in the bin of the genuine one; a file whose fact is not known is left out.
    """
    rows: list[AxisRow] = []
    genuine = {couple.fake: couple.real for couple in twins(contest.items)}
    for axis in AXES:
        bins: dict[int, list[Item]] = {}
        for item in contest.items:
            value = facts.get(genuine.get(item, item), {}).get(axis.fact)
            if value is not None:
                bins.setdefault(axis.bin_of(value), []).append(item)
        if len(bins) > 1:
            rows += [
                _row(contest, detector, axis, number, bins[number], verdicts, rounds, seed)
                for number in sorted(bins)
            ]
    return tuple(rows)


def _row(
    contest: Contest,
    detector: str,
    axis: Axis,
    number: int,
    items: Sequence[Item],
    verdicts: Mapping[Item, Verdict],
    rounds: int,
    seed: int,
) -> AxisRow:
    kept = [item for item in items if verdicts[item].score is not None]
    scores = np.array([verdicts[item].score for item in kept], dtype=np.float64)
    is_fake = np.array([item.is_fake for item in kept], dtype=np.bool_)
    place = {item: n for n, item in enumerate(kept)}
    ends = np.array(
        [(place[c.fake], place[c.real]) for c in twins(kept) if c.fake in place and c.real in place], np.intp
    ).reshape(-1, 2)

    def auc(rows: Indices) -> float:
        return metrics.auc(scores[rows], is_fake[rows])

    def won(rows: Indices) -> float:
        return metrics.paired_accuracy(scores[ends[rows, 0]], scores[ends[rows, 1]])

    area, pairs = UNKNOWN, UNKNOWN
    if min(is_fake.sum(), (~is_fake).sum()) >= _FEWEST:
        names, strata, _ = draws(kept)
        area = metrics.bootstrap(names, auc, strata=strata, rounds=rounds, seed=seed)
        if len(ends) >= _FEWEST:
            pairs = metrics.bootstrap([names[fake] for fake, _ in ends], won, rounds=rounds, seed=seed)
    return AxisRow(
        contest=contest.name,
        detector=detector,
        axis=axis.title,
        bin=axis.label(number),
        fakes=sum(item.is_fake for item in items),
        reals=sum(not item.is_fake for item in items),
        judged=len(kept),
        auc=area,
        pairs=len(ends),
        paired_accuracy=pairs,
    )
