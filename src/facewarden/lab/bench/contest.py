"""Contests: one kind of forgery against genuine files, and what a detector reached in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.detector import State
from facewarden.lab.bench.metrics import UNKNOWN, Indices, Interval
from facewarden.lab.dataset import Item, clusters, twins

# Forgeries without twins, against the genuine files that come nearest to them.
NEAREST = {
    "flux_lora": ("interviews",),
    "stylegan2": ("ffhq",),
    "loopy_diffusion": ("speakers",),
    "wav2lip": ("lip_actors",),
}
_FEWEST_PEOPLE = 10


@dataclass(frozen=True, slots=True)
class Contest:
    """Forgeries of one method against genuine files.

    Attributes:
        name: the method of the forgeries.
        against: the methods of the genuine files.
        items: forgeries and genuine files.
        paired: whether the genuine files are the twins of the forgeries, of most of them at least.
    """

    name: str
    against: tuple[str, ...]
    items: tuple[Item, ...]
    paired: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector said of one item: `score` is None unless `state` is ``judged``."""

    state: State
    score: float | None
    is_probability: bool = False
    level: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A detector in a contest. Measures are over judged files; coverage is over all, failures included.

    Attributes:
        tpr: share of the forgeries found where at most 5 % of the genuine files are flagged.
        tpr_at_1: the same at 1 %.
        brier, calibration_error: unknown where the scores are no probabilities.
        calibration_by_chance: the calibration error if every probability were exactly true.
        unit: what the interval draws, people or files (a clip and its twin are one), and how many.
        caveat: why the row must not be believed, "" where nothing speaks against it.
    """

    contest: str
    against: tuple[str, ...]
    paired: bool
    detector: str
    fakes: int
    reals: int
    abstained: int
    failed: int
    auc: Interval
    equal_error_rate: Interval
    tpr: Interval
    tpr_at_1: Interval
    pairs: int
    paired_accuracy: Interval
    coverage: Interval
    brier: Interval
    calibration_error: Interval
    unit: str
    caveat: str = ""
    calibration_by_chance: Interval = UNKNOWN


def contests(items: Sequence[Item]) -> tuple[Contest, ...]:
    """Return one contest for each method of forgery in `items`, those with twins first.

    Forgeries with twins meet their twins. Others meet the genuine files that `NEAREST` names, or all genuine
    files of the same media where it names none that is here.
    """
    found: list[Contest] = []
    for method in sorted({item.method for item in items if item.is_fake}):
        fakes = [item for item in items if item.is_fake and item.method == method]
        couples = twins([*fakes, *(item for item in items if not item.is_fake)])
        paired = 2 * len(couples) > len(fakes)
        if paired:
            reals = list(dict.fromkeys(couple.real for couple in couples))
        else:
            near = [i for i in items if not i.is_fake and i.method in NEAREST.get(method, ())]
            reals = near or [i for i in items if not i.is_fake and i.media == fakes[0].media]
        if reals:
            against = tuple(sorted({item.method for item in reals}))
            found.append(Contest(method, against, (*fakes, *reals), paired))
    return tuple(sorted(found, key=lambda contest: (not contest.paired, contest.name)))


def sample(contest: Contest, *, most: int, seed: int) -> list[Item]:
    """Draw at most `most` forgeries of a contest with their twins, or as many genuine files where it has none."""
    generator = np.random.default_rng(seed)
    fakes = _drawn([item for item in contest.items if item.is_fake], most, generator)
    reals = [item for item in contest.items if not item.is_fake]
    if contest.paired:
        pairs = {item.pair for item in fakes if item.pair}
        return [*fakes, *(item for item in reals if item.pair in pairs)]
    return [*fakes, *_drawn(reals, most, generator)]


def measure(
    contest: Contest, detector: str, verdicts: Mapping[Item, Verdict], *, rounds: int = 1000, seed: int = 0
) -> Row:
    """Measure one detector; `verdicts` must hold every item of the contest."""
    items = contest.items
    names, strata, unit = draws(items)
    is_fake = np.array([item.is_fake for item in items])
    scores = np.array([_number(verdicts[item].score) for item in items])
    judged = ~np.isnan(scores)
    place = {item: n for n, item in enumerate(items)}
    couples = [
        (place[couple.fake], place[couple.real])
        for couple in twins(items)
        if judged[place[couple.fake]] and judged[place[couple.real]]
    ]

    def over_judged(measure: Callable[[metrics.Floats, metrics.Bools], float]) -> Callable[[Indices], float]:
        def measured(indices: Indices) -> float:
            kept = indices[judged[indices]]
            return measure(scores[kept], is_fake[kept])

        return measured

    def coverage(indices: Indices) -> float:
        return float(judged[indices].mean())

    def pairs_won(indices: Indices) -> float:
        chosen = ends[indices]
        return metrics.paired_accuracy(scores[chosen[:, 0]], scores[chosen[:, 1]])

    wanted = {name: over_judged(measure) for name, measure in _MEASURES.items()} | {"coverage": coverage}
    probable = any(verdict.is_probability for verdict in map(verdicts.__getitem__, items))
    if probable:
        wanted |= {name: over_judged(measure) for name, measure in _OF_PROBABILITIES.items()}
    measured = metrics.bootstrap_all(names, wanted, strata=strata, rounds=rounds, seed=seed)
    ends = np.array(couples, dtype=np.intp).reshape(-1, 2)
    pair_names = [names[fake] for fake, _ in couples]
    states = Counter(verdicts[item].state for item in items)
    return Row(
        contest=contest.name,
        against=contest.against,
        paired=contest.paired,
        detector=detector,
        fakes=int(is_fake.sum()),
        reals=int((~is_fake).sum()),
        abstained=states["abstained"],
        failed=states["failed"],
        auc=measured["auc"],
        equal_error_rate=measured["equal_error_rate"],
        tpr=measured["tpr"],
        tpr_at_1=measured["tpr_at_1"],
        pairs=len(couples),
        paired_accuracy=metrics.bootstrap(pair_names, pairs_won, rounds=rounds, seed=seed),
        coverage=measured["coverage"],
        brier=measured.get("brier", UNKNOWN),
        calibration_error=measured.get("calibration_error", UNKNOWN),
        calibration_by_chance=metrics.calibration_error_by_chance(scores[judged]) if probable else UNKNOWN,
        unit=unit,
    )


_MEASURES: dict[str, Callable[[metrics.Floats, metrics.Bools], float]] = {
    "auc": metrics.auc,
    "equal_error_rate": metrics.equal_error_rate,
    "tpr": partial(metrics.tpr_at_fpr, fpr=0.05),
    "tpr_at_1": partial(metrics.tpr_at_fpr, fpr=0.01),
}
_OF_PROBABILITIES: dict[str, Callable[[metrics.Floats, metrics.Bools], float]] = {
    "brier": metrics.brier,
    "calibration_error": metrics.calibration_error,
}


def draws(items: Sequence[Item]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return (clusters, strata, unit in words) for a bootstrap over `items`.

    People are drawn where there are at least ten of each class; fewer would make an interval of nothing, so
    files are drawn then (a forgery and its twin as one), and the unit says so.
    """
    people = clusters(items)
    labels = {label: {p for p, item in zip(people, items, strict=True) if item.label == label}
              for label in {item.label for item in items}}  # fmt: skip
    if min(len(group) for group in labels.values()) >= _FEWEST_PEOPLE:
        names, unit = people, f"{len(set(people))} people"
    else:
        names = tuple(item.pair or str(item.path) for item in items)
        unit = f"{len(set(names))} files of {_counted(len(set(people)))}"
    classes: dict[str, set[str]] = {}
    for name, item in zip(names, items, strict=True):
        classes.setdefault(name, set()).add(item.label)
    strata = tuple("+".join(sorted(classes[name])) for name in names)
    return names, strata, unit


def _counted(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"


def _number(score: float | None) -> float:
    return float("nan") if score is None else score


def _drawn(items: Sequence[Item], most: int, generator: np.random.Generator) -> list[Item]:
    chosen = np.sort(generator.permutation(len(items))[:most])
    return [items[n] for n in chosen]
