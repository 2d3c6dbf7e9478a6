"""Several networks on the same files of ``dev``: what they reach, and by how much they differ.

Networks that are compared are judged on the same draws of people. Those of several seeds count as one, by the mean of
their figures; an interval therefore holds the chance of who is in ``dev``, and not that of the training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest, contests, draws
from facewarden.lab.bench.metrics import Indices
from facewarden.lab.dataset import clusters, twins
from facewarden.lab.harden.scores import Scored
from facewarden.lab.study.plan import FAMILIES, family_of
from facewarden.lab.study.results import Estimate, Kind, Measure

_FEWEST = 10
"""Draws (people or files) with a forgery below which nothing is concluded: the interval is made of little."""

Of = Callable[[str, Indices], float]
"""A figure of one network on the rows that were drawn."""


@dataclass(frozen=True, slots=True)
class Bout:
    """One kind of forgery with the (N,) logits of its N files by each network."""

    contest: Contest
    logits: Mapping[str, npt.NDArray[np.float64]]

    @property
    def family(self) -> str:
        return family_of(self.contest.name)

    def kind(self) -> Kind:
        """What it is, in numbers."""
        names, _, unit = draws(self.contest.items)
        is_fake = self._is_fake()
        forged = {name for name, fake in zip(names, is_fake, strict=True) if fake}
        return Kind(
            method=self.contest.name,
            family=self.family,
            against=self.contest.against,
            forged=int(is_fake.sum()),
            genuine=int((~is_fake).sum()),
            pairs=len(self._pairs()),
            unit=unit,
            few=len(forged) < _FEWEST,
        )

    def rows(self, measure: Measure) -> tuple[Sequence[str], Sequence[str] | None, Of]:
        """Clusters and strata of what is drawn (files, or pairs of them), and the figure of one network on it."""
        names, strata, _ = draws(self.contest.items)
        if measure == "auc":
            return names, strata, partial(self._auc, self._is_fake())
        pairs = self._pairs()
        return [names[fake] for fake, _ in pairs], None, partial(self._pairs_won, pairs)

    def _auc(self, is_fake: metrics.Bools, network: str, rows: Indices) -> float:
        return metrics.auc(self.logits[network][rows], is_fake[rows])

    def _pairs_won(self, pairs: Indices, network: str, rows: Indices) -> float:
        fakes, reals = self.logits[network][pairs[rows]].T
        return metrics.paired_accuracy(fakes, reals)

    def _is_fake(self) -> metrics.Bools:
        return np.array([item.is_fake for item in self.contest.items], np.bool_)

    def _pairs(self) -> Indices:
        """(P, 2) places of every forgery and of its genuine twin."""
        place = {item: n for n, item in enumerate(self.contest.items)}
        found = [(place[couple.fake], place[couple.real]) for couple in twins(self.contest.items)]
        return np.array(found, np.intp).reshape(-1, 2)


def bouts(scores: Mapping[str, Mapping[str, Sequence[Scored]]]) -> list[Bout]:
    """One bout for each kind of forgery, in the order of families; `scores` are by network and group.

    Groups do not meet: the forgeries of an attack come with genuine twins of their own.
    """
    found: list[Bout] = []
    for group in next(iter(scores.values())):
        logits = {
            name: {one.item: one.logits[name] for one in groups[group]} for name, groups in scores.items()
        }
        for contest in contests(list(next(iter(logits.values())))):
            by_name = {
                name: np.array([of_item[item] for item in contest.items]) for name, of_item in logits.items()
            }
            found.append(Bout(contest, by_name))
    order = [*FAMILIES, ""]
    return sorted(found, key=lambda bout: order.index(bout.family))


@dataclass(frozen=True, slots=True)
class Pool:
    """Kinds of forgery as one: the mean over families, each of them the mean over its kinds."""

    bouts: tuple[Bout, ...]
    rounds: int

    def levels(self, settings: Mapping[str, Sequence[str]], measure: Measure) -> dict[str, Estimate]:
        """What the networks of each setting reach, as a mean over them; what cannot be measured is left out."""
        names, strata, of = self._rows(measure)
        intervals = metrics.bootstrap_all(
            names,
            {setting: partial(_mean, of, networks) for setting, networks in settings.items()},
            strata=strata,
            rounds=self.rounds,
        )
        every = np.arange(len(names))
        return {
            setting: Estimate.of(interval, [of(network, every) for network in settings[setting]])
            for setting, interval in intervals.items()
            if interval.known
        }

    def difference(self, before: Sequence[str], after: Sequence[str], measure: Measure) -> Estimate | None:
        """By how much the networks `after` lie above those `before`, seed by seed; None without anything to measure."""
        names, strata, of = self._rows(measure)

        def gain(rows: Indices) -> float:
            return _mean(of, after, rows) - _mean(of, before, rows)

        interval = metrics.bootstrap(names, gain, strata=strata, rounds=self.rounds, bounded=False)
        every = np.arange(len(names))
        by_seed = [
            of(later, every) - of(earlier, every) for earlier, later in zip(before, after, strict=True)
        ]
        return Estimate.of(interval, by_seed) if interval.known else None

    def _rows(self, measure: Measure) -> tuple[Sequence[str], Sequence[str] | None, Of]:
        if len(self.bouts) == 1:
            return self.bouts[0].rows(measure)
        names: list[str] = []
        strata: list[str] = []
        parts: list[tuple[Of, int, int, float]] = []
        people = iter(clusters([item for bout in self.bouts for item in bout.contest.items]))
        for bout in self.bouts:
            own, own_strata, of = bout.rows("auc")
            shared = [next(people) for _ in own]
            weight = 1 / (len(self._families()) * sum(other.family == bout.family for other in self.bouts))
            parts.append((of, len(names), len(names) + len(own), weight))
            if tuple(own) == clusters(bout.contest.items):
                # Whoever is seen in several kinds is drawn in all of them, or in none.
                names += shared
                strata += ["people"] * len(own)
            else:
                names += [f"{bout.contest.name} {name}" for name in own]
                strata += [f"{bout.contest.name} {stratum}" for stratum in own_strata or ()]

        def of_all(network: str, rows: Indices) -> float:
            return sum(
                weight * of(network, rows[(rows >= first) & (rows < end)] - first)
                for of, first, end, weight in parts
            )

        return names, strata, of_all

    def _families(self) -> set[str]:
        return {bout.family for bout in self.bouts}


def _mean(of: Of, networks: Sequence[str], rows: Indices) -> float:
    return float(np.mean([of(network, rows) for network in networks]))
