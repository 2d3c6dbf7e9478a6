"""How well the network finds the forgeries that the lab makes itself, in memory, of people that no training saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from facewarden.cues.frame_forgery import NAME
from facewarden.lab.bench import markdown, metrics
from facewarden.lab.bench.contest import draws
from facewarden.lab.bench.markdown import Slot
from facewarden.lab.bench.metrics import Bools, Floats, Indices, Interval
from facewarden.lab.dataset import Item
from facewarden.lab.harden.scores import judges
from facewarden.lab.study.figures import Bout, bouts
from facewarden.lab.study.measure import STORED, Exam
from facewarden.lab.training.attacked import PREFIX
from facewarden.lab.training.shelf import filled
from facewarden.models.bundle import Bundle
from facewarden.verdict.calibration import Calibration
from facewarden.verdict.calibration import load as load_calibration

SLOT = Slot("forgeries", "Forgeries of the lab")
ATTACKS = (
    "one_photo",
    "one_photo,core_px=96",
    "one_photo,core_px=256",
    "one_photo,colour=mean,mask=hull",
    "self_blend",
    "resample_core",
    "enhancer",
    "lip_region",
)
"""What is tried where nothing is named."""

Hook = Callable[[int, int], None]
"""Called as hook(completed, total)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one attack.

    Attributes:
        attack: with its parameters.
        forged: faces, each with its genuine twin beside it.
        people: who are seen in them, the draws of the intervals.
        auc, paired, tpr5: as in the benchmark, with 95 % intervals.
        likely: share of the forgeries at `likely` or above.
    """

    attack: str
    forged: int
    people: int
    auc: Interval
    paired: Interval
    tpr5: Interval
    likely: Interval


def measure(
    stores: Path,
    bundle: Bundle,
    attacks: Sequence[str] = ATTACKS,
    *,
    count: int = 200,
    rounds: int = 1000,
    hook: Hook | None = None,
) -> list[Found]:
    """Try `attacks` on `count` genuine faces of the split ``dev`` each, and judge them by the network of `bundle`.

    Forgery and twin go through the same JPEG encoder. The same faces are drawn each time.

    Raises:
        UsageError: the stores hold no faces of that split, or an attack is unknown or forges nothing.
        ModelError: the network or the calibration of `bundle` is missing or damaged.
    """
    kinds = [f"{PREFIX}{attack}" for attack in attacks]
    exam = Exam.prepared(filled(stores, "dev"), kinds, measured=count)
    del exam.groups[STORED]
    calibration = load_calibration(bundle.calibration)
    (judge,) = judges({"own": bundle.checked_network()}).values()
    scores = exam.judged("own", judge, hook or (lambda completed, total: None))
    order = {kind: n for n, kind in enumerate(kinds)}
    said = sorted(bouts({"own": scores}), key=lambda bout: order[bout.contest.name])
    wears = {one.item: one.wears.get("own", 0.0) for group in scores.values() for one in group}
    return [_found(bout, wears, calibration, rounds) for bout in said]


def _found(bout: Bout, wears: Mapping[Item, float], calibration: Calibration, rounds: int) -> Found:
    items = bout.contest.items
    is_fake: Bools = np.array([item.is_fake for item in items])
    logits = bout.logits["own"]
    llr = calibration.cues[NAME].llr
    ratios: Floats = np.array(
        [llr(float(logit), wear=wears[item]) for logit, item in zip(logits, items, strict=True)]
    )
    names, strata, _ = draws(items)

    def share_likely(rows: Indices) -> float:
        fakes = ratios[rows][is_fake[rows]]
        return float((fakes >= calibration.thresholds.likely.llr).mean()) if fakes.size else float("nan")

    of_files = metrics.bootstrap_all(
        names,
        {
            "auc": lambda rows: metrics.auc(logits[rows], is_fake[rows]),
            "tpr5": lambda rows: metrics.tpr_at_fpr(logits[rows], is_fake[rows]),
            "likely": share_likely,
        },
        strata=strata,
        rounds=rounds,
    )
    pairs, _, of_pairs = bout.rows("paired")
    return Found(
        attack=bout.contest.name.removeprefix(PREFIX),
        forged=int(is_fake.sum()),
        people=len({item.identity for item in items}),
        auc=of_files["auc"],
        paired=metrics.bootstrap(pairs, partial(of_pairs, "own"), rounds=rounds),
        tpr5=of_files["tpr5"],
        likely=of_files["likely"],
    )


def render(found: Sequence[Found], *, count: int) -> str:
    """The table, with the words that are needed to read it."""
    return "\n".join(_document(found, count)) + "\n"


def _document(found: Sequence[Found], count: int) -> Iterator[str]:
    yield f"""\
At most {count} genuine faces of `dev`, whose people no training saw, before and after each attack; both went through
the same JPEG encoder. By the network alone, as in a check of a photo, without the look at worse copies. AUC, pairs and
TPR as in [benchmarks.md](benchmarks.md); *likely* is the share of the forgeries at that level or above. In brackets:
95 % intervals from draws of whole people.
"""
    rows = [
        (
            f"`{one.attack}`",
            str(one.forged),
            str(one.people),
            *(markdown.interval(value) for value in (one.auc, one.paired, one.tpr5, one.likely)),
        )
        for one in found
    ]
    if len(found) > 1:
        rows.append(_mean(found))
    head = ("attack", "forged", "people", "AUC", "pairs", "TPR at 5 % FPR", "likely")
    yield from markdown.table(head, rows)


def _mean(found: Sequence[Found]) -> tuple[str, ...]:
    """Of all attacks alike; no interval, as the same faces stand in every row."""
    measures = ([getattr(one, name).value for one in found] for name in ("auc", "paired", "tpr5", "likely"))
    return (
        "mean",
        str(sum(one.forged for one in found)),
        "",
        *(f"{np.mean(values):.3f}" for values in measures),
    )
