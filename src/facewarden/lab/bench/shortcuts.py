"""What baselines and probes reach in each contest, beside the detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from facewarden.lab import dataset
from facewarden.lab.bench.contest import Contest, Verdict
from facewarden.lab.bench.detector import Detector, Outcome
from facewarden.lab.bench.lineup import voices
from facewarden.lab.dataset import Item
from facewarden.lab.peers.headers import Header, read_header
from facewarden.lab.peers.logistic import Floats, cross_validated_scores
from facewarden.lab.peers.metadata import BitrateDetector, MetadataDetector, kinds_by_suffix
from facewarden.lab.peers.recoded import RecodedBits

BITS, RECODED, METADATA, SAME_SET = "bits a pixel", "bits, recoded", "metadata, train", "metadata, same set"
FOLDS = 5


class Voice(NamedTuple):
    """What somebody said of the files of one contest."""

    contest: Contest
    name: str
    verdicts: Mapping[Item, Verdict]


def baselines(items: Sequence[Item], training: Sequence[Item]) -> dict[str, Detector]:
    """The baselines that see no face, fitted to `training`, by their name in the tables."""
    kinds = kinds_by_suffix(items) | {".mp4": "clip"}
    found: dict[str, Detector] = {}
    if training:
        found[METADATA] = MetadataDetector.fit(training, kinds)
    found[BITS] = BitrateDetector.fit(training, kinds)
    found[RECODED] = RecodedBits.fit(training, kinds)
    return found


def voiced(contest: Contest, name: str, outcomes: Sequence[Outcome]) -> Voice:
    """A detector's outcomes as a voice, its parts left out."""
    return Voice(contest, name, voices(name, outcomes)[name])


def same_set(contest: Contest, *, seed: int) -> Voice:
    """What metadata tells of a file, given other files of the same contest (people kept apart where many)."""
    headers = [read_header(item.path, item.media) for item in contest.items]
    return Voice(contest, SAME_SET, headers_tell(contest.items, headers, seed=seed))


def headers_tell(items: Sequence[Item], headers: Sequence[Header], *, seed: int) -> dict[Item, Verdict]:
    """What `headers` of the items tell of each, given those of the others."""
    is_fake = np.array([item.is_fake for item in items])
    scores = cross_validated_scores(headers, is_fake, kept_together(items), folds=FOLDS, seed=seed)
    return verdicts_of(items, scores)


def verdicts_of(items: Sequence[Item], scores: Floats) -> dict[Item, Verdict]:
    """Abstained where there is no score (NaN), since the folds left nothing to learn from."""
    return {
        item: Verdict("abstained", None) if np.isnan(score) else Verdict("judged", score)
        for item, score in zip(items, scores.tolist(), strict=True)
    }


def kept_together(items: Sequence[Item]) -> Sequence[str]:
    """A name for each item; those with one name go into one fold: people where there are many, else twins."""
    people = dataset.clusters(items)
    if len(set(people)) < 2 * FOLDS:
        return [item.pair or str(item.path) for item in items]
    return people
