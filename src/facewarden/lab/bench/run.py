"""The whole benchmark: from a data folder to tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench import shortcuts
from facewarden.lab.bench.axes import AxisRow, axis_rows
from facewarden.lab.bench.contest import Contest, Row, Verdict, contests, measure
from facewarden.lab.bench.cost import cost_rows
from facewarden.lab.bench.detector import Detector, Hook, Outcome, run
from facewarden.lab.bench.levels import level_rows, probability_rows
from facewarden.lab.bench.lineup import DETECTORS, line_up, voices
from facewarden.lab.bench.sheets import ScoreRow, score_rows
from facewarden.lab.bench.shortcuts import Voice
from facewarden.lab.bench.table import BenchResult
from facewarden.lab.bench.trust import judge_trust, remark_sign
from facewarden.lab.bench.washing import WASHES, WashRow, samples, wash_row
from facewarden.lab.dataset import Item

CACHE = Path(".cache/bench")


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
        probes: whether to fit probes, and to split the tables by what the files are like; both look at every face once.
        probe_files: forged files, and genuine ones, of a training contest that probes are fitted to at most.
        one_rate: whether pairs of clips are measured once more at one bit rate.
        axes: whether the detectors are also asked after each laundering.
        axis_files: forged files of each contest that are laundered at most, with as many genuine ones.
        cost_files: photos, and clips, on which time and memory are measured; 0 leaves them out.
        cache: folder for scores that were given before; None keeps nothing.
        processes: child processes, 1 or 2.
        rounds, seed: of the bootstrap; the seed draws all samples too.
    """

    data: Path | None = None
    more: tuple[Path, ...] = ()
    split: str = "dev"
    methods: tuple[str, ...] = ()
    detectors: tuple[str, ...] = DETECTORS
    mesonet: Path | None = None
    probes: bool = True
    probe_files: int = 200
    one_rate: bool = True
    axes: bool = False
    axis_files: int = 20
    cost_files: int = 0
    cache: Path | None = CACHE
    processes: int = 2
    rounds: int = 1000
    seed: int = 0


def bench(options: BenchOptions, *, hook: Hook | None = None) -> BenchResult:
    """Measure the detectors and the shortcuts on one split.

    Raises:
        UsageError: the data folder, the split, a detector or the extra is not there, or a detector is not in order.
    """
    try:
        return _bench(options, hook)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The benchmark needs {error.name}. Install the extra with: pip install 'facewarden[lab]'"
        ) from error


def _bench(options: BenchOptions, hook: Hook | None) -> BenchResult:
    detectors, skipped = line_up(options.detectors, mesonet=options.mesonet)
    desk = _desk(options, hook)
    own: tuple[Outcome, ...] = ()
    speech: dict[str, Mapping[Item, Verdict]] = {}
    for name, detector in detectors.items():
        outcomes = desk.ask(detector, desk.items)
        own = outcomes if name == "ours" else own
        said = voices(detector.name, outcomes)
        speech[detector.name] = said[detector.name]
        for label, verdicts in said.items():
            desk.enter(label, verdicts)
    facts = _judge_shortcuts(desk)
    if options.one_rate:
        _judge_at_one_rate(desk, list(detectors.values()))
    order = {name: n for n, name in enumerate(desk.names)}
    marked = [remark_sign(row) for row in desk.shortcuts]
    return BenchResult(
        split=options.split,
        rows=judge_trust(sorted(desk.rows, key=lambda row: order[row.contest]), desk.shortcuts),
        shortcuts=tuple(sorted(marked, key=lambda row: order[row.contest])),
        levels=level_rows(own, rounds=options.rounds, seed=options.seed),
        probabilities=probability_rows(own),
        axes=tuple(_by_facts(desk, speech, facts)),
        washes=tuple(_washed(desk, list(detectors.values()), speech)) if options.axes else (),
        costs=tuple(
            row
            for detector in (detectors.values() if options.cost_files else ())
            for row in cost_rows(
                detector,
                desk.in_contests,
                most=options.cost_files,
                seed=options.seed,
                cache=options.cache,
            )
        ),
        scores=tuple(desk.scores),
        left_out=desk.left_out,
        skipped=skipped,
        rounds=options.rounds,
        seed=options.seed,
        probe_files=options.probe_files,
    )


@dataclass
class _Desk:
    """Where files are handed out and what was said of them is written down."""

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

    def enter(self, name: str, verdicts: Mapping[Item, Verdict]) -> None:
        """Write down what a detector said of all files, and measure it in every contest."""
        self.scores += score_rows("", name, verdicts, self.roots)
        self.rows += [self.measured(match, name, verdicts) for match in self.matches]

    def enter_shortcut(self, voice: Voice) -> None:
        """Write down what a baseline or probe said in one contest."""
        self.scores += score_rows(voice.contest.name, voice.name, voice.verdicts, self.roots)
        self.shortcuts.append(self.measured(voice.contest, voice.name, voice.verdicts))

    def measured(self, match: Contest, name: str, verdicts: Mapping[Item, Verdict]) -> Row:
        return measure(match, name, verdicts, rounds=self.options.rounds, seed=self.options.seed)


def _desk(options: BenchOptions, hook: Hook | None) -> _Desk:
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
    return _Desk(options, hook, items, training, matches, everything, left_out, names)


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


def _judge_shortcuts(desk: _Desk) -> dict[Item, dict[str, float]]:
    """Enter what baselines and probes reach; returns the facts of each file, none without probes."""
    for match in desk.matches:
        for name, baseline in desk.baselines.items():
            desk.enter_shortcut(shortcuts.voiced(match, name, run(baseline, match.items)))
        desk.enter_shortcut(shortcuts.same_set(match, seed=desk.options.seed))
    if not desk.options.probes:
        return {}
    from facewarden.lab.peers.sights import Sights

    seen = desk.ask(Sights(), desk.in_contests)
    _enter_probes(desk, desk.matches, {outcome.item: outcome for outcome in seen})
    return {outcome.item: outcome.judgement.parts for outcome in seen}


def _enter_probes(desk: _Desk, matches: Sequence[Contest], seen: Mapping[Item, Outcome]) -> None:
    """Fit the probes to `train` and enter what they say; `matches` may be altered ones, by `seen`."""
    if not desk.training:
        return
    from facewarden.lab.bench.probes import fitted
    from facewarden.lab.peers.sights import Sights

    probes = fitted(
        matches,
        desk.training,
        lambda items: desk.ask(Sights(), items),
        most=desk.options.probe_files,
        seed=desk.options.seed,
    )
    for match in matches:
        for probe in probes[match.name]:
            verdicts = probe.verdicts([seen[item] for item in match.items])
            desk.enter_shortcut(Voice(match, probe.name, verdicts))


def _judge_at_one_rate(desk: _Desk, detectors: Sequence[Detector]) -> None:
    """Enter detectors, baselines and probes once more for pairs of clips that were re-encoded alike."""
    for match in desk.matches:
        if match.paired and match.items[0].media == "clip":
            _judge_pairs_at_one_rate(desk, match, detectors)


def _judge_pairs_at_one_rate(desk: _Desk, match: Contest, detectors: Sequence[Detector]) -> None:
    from facewarden.lab.bench.altered import Altered
    from facewarden.lab.bench.one_rate import one_rate

    found = one_rate(match)
    if found is None:
        return
    level, change = found
    desk.names.insert(desk.names.index(match.name) + 1, level.name)
    with _scratch() as folder:
        for detector in detectors:
            outcomes = desk.ask(Altered(detector, change, folder), level.items)
            for name, verdicts in voices(detector.name, outcomes).items():
                desk.scores += score_rows(level.name, name, verdicts, desk.roots)
                desk.rows.append(desk.measured(level, name, verdicts))
        for name, baseline in desk.baselines.items():
            outcomes = desk.ask(Altered(baseline, change, folder), level.items)
            desk.enter_shortcut(shortcuts.voiced(level, name, outcomes))
        if desk.options.probes:
            from facewarden.lab.peers.sights import Sights

            seen = desk.ask(Altered(Sights(), change, folder), level.items)
            _enter_probes(desk, [level], {outcome.item: outcome for outcome in seen})


def _by_facts(
    desk: _Desk, speech: Mapping[str, Mapping[Item, Verdict]], facts: Mapping[Item, Mapping[str, float]]
) -> Iterator[AxisRow]:
    for match in desk.matches if facts else ():
        for name, verdicts in speech.items():
            yield from axis_rows(
                match, name, verdicts, facts, rounds=desk.options.rounds, seed=desk.options.seed
            )


def _washed(
    desk: _Desk, detectors: Sequence[Detector], speech: Mapping[str, Mapping[Item, Verdict]]
) -> Iterator[WashRow]:
    from facewarden.lab.attacks.launder import parse
    from facewarden.lab.bench.altered import Altered, Laundry

    chosen = samples(desk.matches, most=desk.options.axis_files, seed=desk.options.seed)
    items = list(dict.fromkeys(item for match in chosen for item in match.items))
    for wash in WASHES:
        with _scratch() as folder:
            for detector in detectors:
                outcomes = desk.ask(Altered(detector, Laundry(parse(wash)), folder), items)
                after = voices(detector.name, outcomes)[detector.name]
                yield wash_row(
                    detector.name,
                    wash,
                    chosen,
                    speech[detector.name],
                    after,
                    rounds=desk.options.rounds,
                    seed=desk.options.seed,
                )


@contextmanager
def _scratch() -> Iterator[Path]:
    """A private folder for altered media, which is gone however the block ends."""
    with TemporaryDirectory(prefix="facewarden-bench-") as folder:
        yield Path(folder)
