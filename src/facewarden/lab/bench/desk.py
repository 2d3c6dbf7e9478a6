"""The desk of a benchmark: the files and contests, who is asked, and what was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench import shortcuts
from facewarden.lab.bench.contest import Contest, Row, Verdict, contests, measure
from facewarden.lab.bench.detector import Detector, Hook, Outcome, run
from facewarden.lab.bench.options import BenchOptions
from facewarden.lab.bench.sheets import ScoreRow, score_rows
from facewarden.lab.bench.shortcuts import Voice
from facewarden.lab.dataset import Item


@dataclass
class Desk:
    """Where files are handed out and what was said of them is written down.

    Attributes:
        items: all files of the split, those outside of contests too.
        training: files of ``train``; none where that is the split that is measured.
        matches: the contests of the files as they are.
        roots: the data folder that each file lies in.
        left_out: files that were not used, with the reason.
        names: of all contests, altered ones too, in the order of the tables.
        rows, shortcuts, scores: what was written down.
    """

    options: BenchOptions
    hook: Hook | None
    items: list[Item]
    training: list[Item]
    matches: tuple[Contest, ...]
    roots: dict[Item, Path]
    left_out: tuple[str, ...]
    names: list[str]
    rows: list[Row] = field(default_factory=list)
    shortcuts: list[Row] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)

    @cached_property
    def baselines(self) -> dict[str, Detector]:
        return shortcuts.baselines(self.items, self.training)

    @property
    def in_contests(self) -> list[Item]:
        return list(dict.fromkeys(item for match in self.matches for item in match.items))

    def ask(self, detector: Detector, items: Sequence[Item]) -> tuple[Outcome, ...]:
        return run(
            detector, items, cache=self.options.cache, processes=self.options.processes, hook=self.hook
        )

    def enter(self, name: str, verdicts: Mapping[Item, Verdict], *, part: bool = False) -> None:
        """Write down what a detector said of all files, and measure it in every contest.

        A `part` of a detector that has nothing to say of a kind of media has no row there.
        """
        self.scores += score_rows("", name, verdicts, self.roots)
        self.rows += [
            self.measured(match, name, verdicts)
            for match in self.matches
            if not part or any(verdicts[item].score is not None for item in match.items)
        ]

    def enter_shortcut(self, voice: Voice) -> None:
        """Write down what a baseline or probe said in one contest."""
        self.scores += score_rows(voice.contest.name, voice.name, voice.verdicts, self.roots)
        self.shortcuts.append(self.measured(voice.contest, voice.name, voice.verdicts))

    def measured(self, match: Contest, name: str, verdicts: Mapping[Item, Verdict]) -> Row:
        return measure(match, name, verdicts, rounds=self.options.rounds, seed=self.options.seed)


def open_desk(options: BenchOptions, hook: Hook | None) -> Desk:
    """Read the collections and draw up the contests; raises UsageError where there is nothing to measure."""
    sources = [dataset.load(options.data), *(dataset.load(folder) for folder in options.more)]
    everything = {item: source.root for source in sources for item in source.items}
    training = [item for item in everything if item.split == "train" and options.split != "train"]
    items, left_out = _untainted([i for i in everything if i.split == options.split], training)
    if options.methods:
        items = [item for item in items if item.method in options.methods]
    matches = contests(items)
    if not matches:
        raise UsageError(f"The split {options.split!r} has no forgeries with genuine files beside them.")
    names = [match.name for match in matches]
    return Desk(options, hook, items, training, matches, everything, left_out, names)


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
