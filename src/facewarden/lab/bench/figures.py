"""The pictures of the benchmark's page, drawn by Matplotlib as SVG: the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.axes import AxisRow
from facewarden.lab.bench.washing import WashRow
from facewarden.lab.drawing import COLOURS, drawing, svg

Curve = tuple[metrics.Floats, metrics.Bools]
"""Scores and labels of the judged files."""

_GREY = "#9aa3ab"
_RELIABILITY_BINS = 10


def roc(detectors: Mapping[str, Curve], shortcuts: Mapping[str, Curve]) -> str:
    """ROC curves of one contest, shortcuts in grey; SVG."""
    with drawing(5.4, 4.6) as (figure, axes):
        axes.plot([0, 1], [0, 1], color="#d5dade", linewidth=1, label="_chance")
        for number, (name, (scores, is_fake)) in enumerate(detectors.items()):
            fpr, tpr = roc_points(scores, is_fake)
            colour, line = COLOURS[number % len(COLOURS)], "-" if number < len(COLOURS) else "--"
            axes.plot(fpr, tpr, color=colour, linestyle=line, linewidth=2, label=name, zorder=3)
        for number, (name, (scores, is_fake)) in enumerate(shortcuts.items()):
            style = ("-", "--", "-.", ":", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))[number % 6]
            fpr, tpr = roc_points(scores, is_fake)
            axes.plot(fpr, tpr, color=_GREY, linestyle=style, linewidth=1, label=name)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xlabel("genuine files flagged")
        axes.set_ylabel("forged files found")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return svg(figure)


def roc_points(scores: metrics.Floats, is_fake: metrics.Bools) -> tuple[metrics.Floats, metrics.Floats]:
    """(K,) false and true positive rates at every threshold, from none flagged to all."""
    order = np.argsort(-scores, kind="stable")
    ordered, labels = scores[order], is_fake[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    found, false = np.cumsum(labels)[last], np.cumsum(~labels)[last]
    return (
        np.concatenate([[0.0], false / max(1, int((~is_fake).sum()))]),
        np.concatenate([[0.0], found / max(1, int(is_fake.sum()))]),
    )


def reliability(curves: Mapping[str, Curve]) -> str:
    """How often files are forged, against the probability that was given, and how many files each bin holds; SVG."""
    with drawing(5.4, 4.6) as (figure, axes):
        axes.plot([0, 1], [0, 1], color="#d5dade", linewidth=1, label="_honest")
        counts = axes.inset_axes((0, -0.42, 1, 0.22))
        edges = np.linspace(0, 1, _RELIABILITY_BINS + 1)
        for number, (name, (scores, is_fake)) in enumerate(curves.items()):
            slot = np.clip((scores * _RELIABILITY_BINS).astype(int), 0, _RELIABILITY_BINS - 1)
            filled = [n for n in range(_RELIABILITY_BINS) if (slot == n).any()]
            said = [float(scores[slot == n].mean()) for n in filled]
            true = [float(is_fake[slot == n].mean()) for n in filled]
            colour = COLOURS[number % len(COLOURS)]
            axes.plot(said, true, color=colour, marker="o", markersize=4, linewidth=1.5, label=name)
            wide = 0.8 / _RELIABILITY_BINS / len(curves)
            heights = np.bincount(slot, minlength=_RELIABILITY_BINS)
            counts.bar(
                edges[:-1] + 0.1 / _RELIABILITY_BINS + wide * number,
                heights,
                wide,
                align="edge",
                color=colour,
            )
        axes.set(xlim=(0, 1), ylim=(-0.02, 1.02))
        axes.set_ylabel("share forged")
        counts.set(xlim=(0, 1))
        counts.set_xlabel("probability that was given")
        counts.set_ylabel("files")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return svg(figure)


def axis(rows: Sequence[AxisRow]) -> str:
    """AUC by the bins of one axis of one contest, with intervals; SVG."""
    bins = list(dict.fromkeys(row.bin for row in rows))
    counts = {row.bin: (row.fakes, row.reals) for row in rows}
    with drawing(5.4, 3.0) as (figure, axes):
        axes.axhline(0.5, color="#d5dade", linewidth=1)
        detectors = list(dict.fromkeys(row.detector for row in rows))
        for number, name in enumerate(detectors):
            known = [row for row in rows if row.detector == name and row.auc.known]
            places = [bins.index(row.bin) + 0.08 * (number - (len(detectors) - 1) / 2) for row in known]
            below = [max(0.0, row.auc.value - row.auc.low) for row in known]
            above = [max(0.0, row.auc.high - row.auc.value) for row in known]
            axes.errorbar(
                places,
                [row.auc.value for row in known],
                yerr=np.array([below, above]) if known else None,
                color=COLOURS[number % len(COLOURS)],
                marker="o",
                markersize=5,
                linewidth=1.5,
                capsize=3,
                label=name,
            )
        axes.set(xlim=(-0.5, len(bins) - 0.5), ylim=(0, 1.03), xticks=range(len(bins)))
        axes.set_xticklabels([f"{name}\n{counts[name][0]} | {counts[name][1]}" for name in bins])
        axes.set_xlabel(f"{rows[0].axis} (forged | genuine files)")
        axes.set_ylabel("AUC")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return svg(figure)


def launderings(rows: Sequence[WashRow]) -> str:
    """The mean AUC after each laundering, against that of the same files before; SVG."""
    washes = list(dict.fromkeys(row.wash for row in rows))
    detectors = list(dict.fromkeys(row.detector for row in rows))
    with drawing(6.2, 0.9 + 0.32 * len(washes)) as (figure, axes):
        for number, name in enumerate(detectors):
            colour = COLOURS[number % len(COLOURS)]
            own = {row.wash: row for row in rows if row.detector == name}
            for place, wash in enumerate(washes):
                row = own[wash]
                height = place + 0.2 * (number - (len(detectors) - 1) / 2)
                axes.plot([row.mean_clean, row.mean_washed], [height] * 2, color=colour, linewidth=1.5)
                axes.plot(row.mean_clean, height, color=colour, marker="|", markersize=9)
                label = name if place == 0 else f"_{name}"
                axes.plot(
                    row.mean_washed, height, color=colour, marker="o", markersize=5, label=label, linestyle=""
                )
        axes.axvline(0.5, color="#d5dade", linewidth=1, zorder=0)
        least = min([0.43, *(min(row.mean_clean, row.mean_washed) for row in rows)])
        axes.set(yticks=range(len(washes)), ylim=(len(washes) - 0.5, -0.5), xlim=(least - 0.03, 1.01))
        axes.set_yticklabels(washes)
        axes.set_xlabel("mean AUC over the contests: bar before, dot after")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return svg(figure)
