"""The curves of a run: the loss, and how the network does on ``dev``, at each report; one SVG file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from facewarden.lab.drawing import COLOURS, drawing, svg
from facewarden.lab.training.files import write_text

FILE = "curves.svg"
_AUC = "_auc"
_Line = Mapping[str, float]


def draw_curves(run: Path) -> Path:
    """Draw what ``log.jsonl`` of the run holds into ``curves.svg`` beside it, and return its path.

    A run that went on after an interruption may have told of a step twice; what was told last counts.
    """
    told: dict[float, _Line] = {}
    for text in (run / "log.jsonl").read_text(encoding="utf-8").splitlines():
        # The line that a full disk cut short is no reason to end a training.
        with suppress(json.JSONDecodeError):
            line = json.loads(text)
            told[line["step"]] = line
    target = run / FILE
    write_text(target, _curves([told[step] for step in sorted(told)]))
    return target


def _curves(lines: Sequence[_Line]) -> str:
    methods = sorted({name.removesuffix(_AUC) for line in lines for name in line if name.endswith(_AUC)})
    with drawing(7.0, 4.2) as (figure, axes):
        steps = [line["step"] for line in lines]
        axes.plot(
            steps, [line["loss"] for line in lines], color="#9aa3ab", linestyle="--", marker=".", label="loss"
        )
        for number, method in enumerate(methods):
            at = [(line["step"], line[method + _AUC]) for line in lines if method + _AUC in line]
            axes.plot(
                *zip(*at, strict=True),
                color=COLOURS[number % len(COLOURS)],
                marker=".",
                label=f"AUC, {method}",
            )
        axes.set_ylim(bottom=0)
        axes.set_xlabel("step")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + svg(figure, transparent=False)
