"""Two networks on the same files: what one does better or worse, and how sure one may be of it.

Both are judged on the same draws of people (a paired bootstrap): what makes a set hard for both falls out of the
difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest, contests, draws
from facewarden.lab.bench.metrics import Indices, Interval
from facewarden.lab.harden.record import Comparison, Outcome, Range
from facewarden.lab.harden.scores import Scored

Role = Literal["target", "kept"]
GENUINE = "genuine"
_FEWEST = 10
"""Draws (people or files) with a forgery, below which a target is not called better: the interval is made of little."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Who meets whom, and how.

    Attributes:
        before, after: names of the two networks in the scores.
        threshold: logit from which on a file counts as found.
        targets: methods that must become better; all others must not become worse.
        rounds, seed: of the intervals.
    """

    before: str
    after: str
    threshold: float
    targets: frozenset[str]
    rounds: int
    seed: int

    def on(self, groups: Sequence[Sequence[Scored]]) -> list[Comparison]:
        """Compare on each kind of forgery of each group, and on false alarms among the genuine files of the first.

        Groups do not meet: the forgeries of an attack come with genuine twins of their own.
        """
        found = []
        for scored in groups:
            by_item = {s.item: s for s in scored}
            for contest in contests(list(by_item)):
                found.append(self._on_forgeries(contest, [by_item[item] for item in contest.items]))
        genuine = [s for s in groups[0] if not s.item.is_fake]
        return [*found, self._on_genuine(genuine)] if genuine else found

    def _on_forgeries(self, contest: Contest, scored: Sequence[Scored]) -> Comparison:
        names, strata, unit = draws(contest.items)
        is_fake = np.array([item.is_fake for item in contest.items])
        before, after = self._logits(scored)

        def gain(indices: Indices) -> float:
            labels = is_fake[indices]
            return metrics.auc(after[indices], labels) - metrics.auc(before[indices], labels)

        interval = metrics.bootstrap(
            names, gain, strata=strata, rounds=self.rounds, seed=self.seed, bounded=False
        )
        role: Role = "target" if contest.name in self.targets else "kept"
        few = len({name for name, item in zip(names, contest.items, strict=True) if item.is_fake}) < _FEWEST
        outcome = _outcome(interval, higher_is_better=True)
        return Comparison(
            subject=contest.name,
            role=role,
            measure="auc",
            before=metrics.auc(before, is_fake),
            after=metrics.auc(after, is_fake),
            difference=_range(interval),
            found_before=self._share(before[is_fake]),
            found_after=self._share(after[is_fake]),
            forged=int(is_fake.sum()),
            genuine=int((~is_fake).sum()),
            unit=unit,
            outcome="cannot be told" if few and outcome == "better" else outcome,
        )

    def _on_genuine(self, scored: Sequence[Scored]) -> Comparison:
        names, _, unit = draws([s.item for s in scored])
        before, after = self._logits(scored)

        def rise(indices: Indices) -> float:
            return self._share(after[indices]) - self._share(before[indices])

        interval = metrics.bootstrap(names, rise, rounds=self.rounds, seed=self.seed, bounded=False)
        return Comparison(
            subject=GENUINE,
            role="kept",
            measure="false_alarms",
            before=self._share(before),
            after=self._share(after),
            difference=_range(interval),
            forged=0,
            genuine=len(scored),
            unit=unit,
            outcome=_outcome(interval, higher_is_better=False),
        )

    def _logits(self, scored: Sequence[Scored]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        before, after = (np.array([s.logits[name] for s in scored]) for name in (self.before, self.after))
        return before, after

    def _share(self, logits: npt.NDArray[np.float64]) -> float:
        return float((logits >= self.threshold).mean())


def _outcome(interval: Interval, *, higher_is_better: bool) -> Outcome:
    if not interval.known or math.isnan(interval.low) or math.isnan(interval.high):
        return "cannot be told"
    low, high = interval.low, interval.high
    if low <= 0 <= high:
        return "not told apart"
    return "better" if (low > 0) == higher_is_better else "worse"


def _range(interval: Interval) -> Range:
    def known(value: float) -> float | None:
        return None if math.isnan(value) else value

    return Range(value=interval.value, low=known(interval.low), high=known(interval.high))
