"""The whole benchmark: from a data folder to tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.errors import UsageError
from facewarden.lab.bench import shortcuts
from facewarden.lab.bench.alarms import AlarmRow, alarm_rows
from facewarden.lab.bench.axes import AxisRow, axis_rows
from facewarden.lab.bench.contest import Contest, Verdict
from facewarden.lab.bench.cost import cost_rows
from facewarden.lab.bench.desk import Desk, open_desk
from facewarden.lab.bench.detector import Detector, Hook, Outcome, run
from facewarden.lab.bench.levels import level_rows, probability_rows
from facewarden.lab.bench.lineup import line_up, voices
from facewarden.lab.bench.options import CACHE as CACHE
from facewarden.lab.bench.options import BenchOptions as BenchOptions
from facewarden.lab.bench.sheets import score_rows
from facewarden.lab.bench.shortcuts import Voice
from facewarden.lab.bench.table import BenchResult
from facewarden.lab.bench.trust import judge_trust, remark_sign
from facewarden.lab.bench.washing import WASHES, WashRow, samples, wash_row
from facewarden.lab.dataset import Item


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
    laundered = _laundered(options, detectors)
    desk = open_desk(options, hook)
    own: tuple[Outcome, ...] = ()
    speech: dict[str, Mapping[Item, Verdict]] = {}
    for name, detector in detectors.items():
        outcomes = desk.ask(detector, desk.items)
        own = outcomes if name == "ours" else own
        said = voices(detector.name, outcomes)
        speech[detector.name] = said[detector.name]
        for label, verdicts in said.items():
            desk.enter(label, verdicts, part=label != detector.name)
    facts = _judge_shortcuts(desk)
    if options.one_rate:
        _judge_at_one_rate(desk, list(detectors.values()))
    order = {name: n for n, name in enumerate(desk.names)}
    marked = [remark_sign(row) for row in desk.shortcuts]
    washes, alarms = _washed(desk, laundered, speech) if options.axes else ((), ())
    return BenchResult(
        split=options.split,
        rows=judge_trust(sorted(desk.rows, key=lambda row: order[row.contest]), desk.shortcuts),
        shortcuts=tuple(sorted(marked, key=lambda row: order[row.contest])),
        levels=level_rows(own, rounds=options.rounds, seed=options.seed),
        probabilities=probability_rows(own),
        axes=tuple(_by_facts(desk, speech, facts)),
        washes=washes,
        alarms=alarms,
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


def _judge_shortcuts(desk: Desk) -> dict[Item, dict[str, float]]:
    """Enter what baselines and probes reach; returns the facts of each file, none without probes."""
    for match in desk.matches:
        for name, baseline in desk.baselines.items():
            desk.enter_shortcut(shortcuts.voiced(match, name, run(baseline, match.items)))
        desk.enter_shortcut(shortcuts.same_set(match, seed=desk.options.seed))
    if not desk.options.probes:
        return {}
    from facewarden.lab.peers.sights import Sights

    seen = desk.ask(Sights(), desk.in_contests)
    _enter_probes(
        desk, [(match, match) for match in desk.matches], {outcome.item: outcome for outcome in seen}
    )
    return {outcome.item: outcome.judgement.parts for outcome in seen}


def _enter_probes(desk: Desk, asked: Sequence[tuple[Contest, Contest]], seen: Mapping[Item, Outcome]) -> None:
    """Fit probes to `train` and enter what they say.

    `asked` holds pairs: the contest that is judged, by what was `seen`, and the one whose name `train` knows, which is
    another where the files were altered.
    """
    if not desk.training:
        return
    from facewarden.lab.bench.probes import fitted
    from facewarden.lab.peers.sights import Sights

    probes = fitted(
        [known for _, known in asked],
        desk.training,
        lambda items: desk.ask(Sights(), items),
        most=desk.options.probe_files,
        seed=desk.options.seed,
    )
    for match, known in asked:
        for probe in probes[known.name]:
            verdicts = probe.verdicts([seen[item] for item in match.items])
            desk.enter_shortcut(Voice(match, probe.name, verdicts))


def _judge_at_one_rate(desk: Desk, detectors: Sequence[Detector]) -> None:
    """Enter detectors, baselines and probes once more for pairs of clips that were re-encoded alike."""
    for match in desk.matches:
        if match.paired and match.items[0].media == "clip":
            _judge_pairs_at_one_rate(desk, match, detectors)


def _judge_pairs_at_one_rate(desk: Desk, match: Contest, detectors: Sequence[Detector]) -> None:
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
            _enter_probes(desk, [(level, match)], {outcome.item: outcome for outcome in seen})


def _by_facts(
    desk: Desk, speech: Mapping[str, Mapping[Item, Verdict]], facts: Mapping[Item, Mapping[str, float]]
) -> Iterator[AxisRow]:
    for match in desk.matches if facts else ():
        for name, verdicts in speech.items():
            yield from axis_rows(
                match, name, verdicts, facts, rounds=desk.options.rounds, seed=desk.options.seed
            )


def _laundered(options: BenchOptions, detectors: Mapping[str, Detector]) -> list[Detector]:
    """The detectors that are asked after launderings; raises UsageError for one that does not take part."""
    names = options.axis_detectors or tuple(name for name in detectors if name != "mesonet")
    strange = [name for name in names if name not in options.detectors]
    if strange:
        raise UsageError(f"{strange[0]} cannot be laundered for: name it as a detector, too.")
    return [detectors[name] for name in names if name in detectors]


def _washed(
    desk: Desk, detectors: Sequence[Detector], speech: Mapping[str, Mapping[Item, Verdict]]
) -> tuple[tuple[WashRow, ...], tuple[AlarmRow, ...]]:
    from facewarden.lab.attacks.launder import parse
    from facewarden.lab.bench.altered import Altered, Laundry

    chosen = samples(desk.matches, most=desk.options.axis_files, seed=desk.options.seed)
    items = list(dict.fromkeys(item for match in chosen for item in match.items))
    alarms = [row for one in detectors for row in alarm_rows(one.name, "", items, speech[one.name])]
    rows = []
    for wash in WASHES:
        with _scratch() as folder:
            for detector in detectors:
                outcomes = desk.ask(Altered(detector, Laundry(parse(wash)), folder), items)
                before, after = speech[detector.name], voices(detector.name, outcomes)[detector.name]
                options = desk.options
                rows.append(
                    wash_row(
                        detector.name, wash, chosen, before, after, rounds=options.rounds, seed=options.seed
                    )
                )
                alarms += alarm_rows(detector.name, wash, items, after)
    return tuple(rows), tuple(alarms)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A private folder for altered media, which is gone however the block ends."""
    with TemporaryDirectory(prefix="facewarden-bench-") as folder:
        yield Path(folder)
