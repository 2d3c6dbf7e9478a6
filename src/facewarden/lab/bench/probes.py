"""Probes that catch shortcuts: small models that are given what a detector should not need.

``spectrum``: the power spectrum of the face. ``background only``: what lies outside the face's box. ``face hidden``:
what our own network sees once the face is greyed out. Each is fitted to a seeded sample of the split ``train``: to the
contest of the same name where there is one, else to all of its files of that kind of media.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.lab.bench.contest import Contest, Verdict, contests, sample
from facewarden.lab.bench.detector import Outcome
from facewarden.lab.dataset import Item
from facewarden.lab.peers.logistic import NumberModel
from facewarden.lab.peers.sights import BACKGROUND, HIDDEN, SPECTRUM, features

PROBES = {"spectrum": SPECTRUM, "background only": BACKGROUND, "face hidden": HIDDEN}
_FEWEST = 8

Measure = Callable[[Sequence[Item]], Sequence[Outcome]]
"""Measures the sights of files (`sights.Sights` behind the runner and its cache)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A fitted probe.

    Attributes:
        name: of `PROBES`.
        model: None where the training split has too few files of a class.
    """

    name: str
    model: NumberModel | None

    def verdicts(self, outcomes: Sequence[Outcome]) -> dict[Item, Verdict]:
        """Score files whose sights were measured; abstains where the features are missing."""
        return {outcome.item: self._verdict(outcome) for outcome in outcomes}

    def _verdict(self, outcome: Outcome) -> Verdict:
        if outcome.state == "failed":
            return Verdict("failed", None)
        row = features(outcome.judgement.parts, PROBES[self.name])
        if self.model is None or not row:
            return Verdict("abstained", None)
        return Verdict("judged", self.model.score(row))


def fitted(
    matches: Sequence[Contest], training: Sequence[Item], measure: Measure, *, most: int, seed: int
) -> dict[str, tuple[Probe, ...]]:
    """Return the probes of each contest by its name, fitted to a sample of `training`.

    Args:
        measure: asked once, about all files that any contest needs.
        most: forged files, and genuine ones, that a contest is fitted to at most.
        seed: draws which.
    """
    own = {contest.name: contest for contest in contests(training)}
    samples = {
        match.name: sample(own[match.name], most=most, seed=seed)
        if match.name in own and own[match.name].items[0].media == match.items[0].media
        else _of_media(match, list(own.values()), most=most, seed=seed)
        for match in matches
    }
    wanted = list(dict.fromkeys(item for items in samples.values() for item in items))
    seen = {outcome.item: outcome for outcome in measure(wanted)} if wanted else {}
    return {
        name: tuple(
            Probe(probe, _model([seen[item] for item in items], part)) for probe, part in PROBES.items()
        )
        for name, items in samples.items()
    }


def _of_media(match: Contest, others: Sequence[Contest], *, most: int, seed: int) -> list[Item]:
    """A sample of every training contest of the same kind of media: no tool like this one was seen."""
    media = match.items[0].media
    chosen = [sample(other, most=most, seed=seed) for other in others if other.items[0].media == media]
    return list(dict.fromkeys(item for items in chosen for item in items))


def _model(outcomes: Sequence[Outcome], part: str) -> NumberModel | None:
    rows: list[Mapping[str, float]] = [features(o.judgement.parts, part) for o in outcomes]
    kept = [(row, o.item) for row, o in zip(rows, outcomes, strict=True) if row]
    labels = Counter(item.label for _, item in kept)
    if min(labels["fake"], labels["real"]) < _FEWEST:
        return None
    methods = Counter((item.method, item.label) for _, item in kept)
    return NumberModel.fit(
        [row for row, _ in kept],
        np.array([item.is_fake for _, item in kept]),
        np.array([1 / methods[item.method, item.label] for _, item in kept]),
    )
