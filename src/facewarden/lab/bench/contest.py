"""Contests: one kind of forgery against genuine files, and what a detector reached in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Row:
    """A detector in a contest. Measures are over judged files; coverage is over all, failures included.

    Attributes:
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
    tpr: Interval
    pairs: int
    paired_accuracy: Interval
    equal_error_rate: float
    coverage: Interval
    unit: str
    caveat: str = ""


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

    def over_judged(indices: Indices) -> Indices:
        kept: Indices = indices[judged[indices]]
        return kept

    def auc(indices: Indices) -> float:
        kept = over_judged(indices)
        return metrics.auc(scores[kept], is_fake[kept])

    def tpr(indices: Indices) -> float:
        kept = over_judged(indices)
        return metrics.tpr_at_fpr(scores[kept], is_fake[kept])

    def coverage(indices: Indices) -> float:
        return float(judged[indices].mean())

    def pairs_won(indices: Indices) -> float:
        chosen = ends[indices]
        return metrics.paired_accuracy(scores[chosen[:, 0]], scores[chosen[:, 1]])

    ends = np.array(couples, dtype=np.intp).reshape(-1, 2)
    pair_names = [names[fake] for fake, _ in couples]
    states = Counter(verdicts[item].state for item in items)
    everything = np.flatnonzero(judged)
    return Row(
        contest=contest.name,
        against=contest.against,
        paired=contest.paired,
        detector=detector,
        fakes=int(is_fake.sum()),
        reals=int((~is_fake).sum()),
        abstained=states["abstained"],
        failed=states["failed"],
        auc=metrics.bootstrap(names, auc, strata=strata, rounds=rounds, seed=seed),
        tpr=metrics.bootstrap(names, tpr, strata=strata, rounds=rounds, seed=seed),
        pairs=len(couples),
        paired_accuracy=metrics.bootstrap(pair_names, pairs_won, rounds=rounds, seed=seed)
        if couples
        else UNKNOWN,
        equal_error_rate=metrics.equal_error_rate(scores[everything], is_fake[everything]),
        coverage=metrics.bootstrap(names, coverage, strata=strata, rounds=rounds, seed=seed),
        unit=unit,
    )


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


def judge_trust(rows: Sequence[Row], shortcuts: Sequence[Row]) -> tuple[Row, ...]:
    """Return `rows` with a caveat where a baseline that sees no face does as well in the same contest.

    Twins are compared by paired accuracy, other contests by AUC.
    """
    return tuple(_with_caveat(row, [s for s in shortcuts if s.contest == row.contest]) for row in rows)


def remark_sign(row: Row) -> Row:
    """Say what a baseline below one half would reach with its sign turned, a choice made after the fact."""
    value = _headline(row).value
    return replace(row, caveat=f"{1 - value:.2f} with its sign turned") if value < 0.5 else row


def _with_caveat(row: Row, shortcuts: Sequence[Row]) -> Row:
    own = _headline(row)
    rivals = [s for s in shortcuts if _headline(s).known and s.detector != row.detector]
    best = max(rivals, key=lambda rival: _headline(rival).value, default=None)
    if best is None or not own.known or _headline(best).value < own.value:
        return row
    caveat = f"not trustworthy: {best.detector} reaches {_headline(best).value:.2f}"
    return replace(row, caveat=caveat)


def _headline(row: Row) -> Interval:
    return row.paired_accuracy if row.paired else row.auc


def _counted(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"


def _number(score: float | None) -> float:
    return float("nan") if score is None else score
