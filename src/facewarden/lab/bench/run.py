"""The whole benchmark: from a data folder to tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.contest import Contest, Row, Verdict, contests, measure
from facewarden.lab.bench.detector import Detector, Hook, Outcome, run
from facewarden.lab.bench.levels import level_rows, probability_rows
from facewarden.lab.bench.lineup import DETECTORS, line_up, voices
from facewarden.lab.bench.table import BenchResult
from facewarden.lab.bench.trust import judge_trust, remark_sign
from facewarden.lab.dataset import Item
from facewarden.lab.peers.headers import Header, read_header
from facewarden.lab.peers.logistic import cross_validated_scores
from facewarden.lab.peers.metadata import BitrateDetector, MetadataDetector, kinds_by_suffix

CACHE = Path(".cache/bench")
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What to measure.

    Attributes:
        data: data folder; None looks where `dataset.data_root` looks.
        more: further data folders with a manifest each, such as swaps that the lab made.
        split: the split to measure on.
        methods: only these methods; all when empty.
        detectors: as `lineup.line_up` takes them.
        mesonet: folder of MesoNet's weights; None looks in its usual places.
        cache: folder for scores that were given before; None keeps nothing.
        processes: child processes, 1 or 2.
        rounds, seed: of the bootstrap.
    """

    data: Path | None = None
    more: tuple[Path, ...] = ()
    split: str = "dev"
    methods: tuple[str, ...] = ()
    detectors: tuple[str, ...] = DETECTORS
    mesonet: Path | None = None
    cache: Path | None = CACHE
    processes: int = 2
    rounds: int = 1000
    seed: int = 0


def bench(options: BenchOptions, *, hook: Hook | None = None) -> BenchResult:
    """Measure the detectors and the shortcuts on one split.

    Raises:
        UsageError: the data folder, the split or a detector's name is not there.
    """
    sources = [dataset.load(options.data), *(dataset.load(folder) for folder in options.more)]
    everything = [item for source in sources for item in source.items]
    training = [item for item in everything if item.split == "train" and options.split != "train"]
    items, left_out = _untainted([i for i in everything if i.split == options.split], training)
    if options.methods:
        items = [item for item in items if item.method in options.methods]
    matches = contests(items)
    if not matches:
        raise UsageError(f"The split {options.split!r} has no forgeries with genuine files beside them.")
    detectors, skipped = line_up(options.detectors, mesonet=options.mesonet)
    rows: list[Row] = []
    own: tuple[Outcome, ...] = ()
    for name, detector in detectors.items():
        outcomes = run(detector, items, cache=options.cache, processes=options.processes, hook=hook)
        own = outcomes if name == "ours" else own
        for label, verdicts in voices(detector.name, outcomes).items():
            rows += [
                measure(match, label, verdicts, rounds=options.rounds, seed=options.seed) for match in matches
            ]
    shortcuts = _shortcuts(matches, items, training, options)
    return BenchResult(
        split=options.split,
        rows=judge_trust(rows, shortcuts),
        shortcuts=shortcuts,
        levels=level_rows(own, rounds=options.rounds, seed=options.seed),
        probabilities=probability_rows(own),
        left_out=left_out,
        skipped=skipped,
        rounds=options.rounds,
        seed=options.seed,
    )


def _untainted(items: Sequence[Item], training: Sequence[Item]) -> tuple[list[Item], tuple[str, ...]]:
    """Drop files whose very bytes are also in the training split, with a line on how many."""
    seen = {dataset.sha256(item.path) for item in training}
    clean: list[Item] = []
    dropped: Counter[str] = Counter()
    for item in items:
        if dataset.sha256(item.path) in seen:
            dropped[item.method] += 1
        else:
            clean.append(item)
    lines = (f"{count} file(s) of {method}: also in `train`" for method, count in sorted(dropped.items()))
    return clean, tuple(lines)


def _shortcuts(
    matches: Sequence[Contest], items: Sequence[Item], training: Sequence[Item], options: BenchOptions
) -> tuple[Row, ...]:
    kinds = kinds_by_suffix(items)
    headers = {item: read_header(item.path, item.media) for item in items}
    baselines: list[Detector] = [BitrateDetector.fit(training, kinds)]
    if training:
        baselines.insert(0, MetadataDetector.fit(training, kinds))
    rows: list[Row] = []
    for match in matches:
        for baseline in baselines:
            verdicts = {o.item: Verdict(o.state, o.judgement.score) for o in run(baseline, match.items)}
            rows.append(
                measure(match, _LABELS[baseline.name], verdicts, rounds=options.rounds, seed=options.seed)
            )
        inner = _within(match, headers, options.seed)
        rows.append(measure(match, "metadata, same set", inner, rounds=options.rounds, seed=options.seed))
    return tuple(remark_sign(row) for row in rows)


_LABELS = {"metadata": "metadata, train", "bitrate": "bits a pixel"}


def _within(match: Contest, headers: Mapping[Item, Header], seed: int) -> dict[Item, Verdict]:
    """What metadata tells of a file, given other files of the same contest (people kept apart where many)."""
    is_fake = np.array([item.is_fake for item in match.items])
    names: Sequence[str] = dataset.clusters(match.items)
    if len(set(names)) < 2 * _FOLDS:
        names = [item.pair or str(item.path) for item in match.items]
    scores = cross_validated_scores(
        [headers[item] for item in match.items], is_fake, names, folds=_FOLDS, seed=seed
    )
    return {
        item: Verdict("abstained", None) if np.isnan(score) else Verdict("judged", float(score))
        for item, score in zip(match.items, scores, strict=True)
    }
