from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from facewarden.lab.training.curves import draw_curves

LINES = [
    {"step": 30, "loss": 0.9},
    {"step": 60, "loss": 0.5, "swaps_auc": 0.7, "swaps_paired": 0.8},
    {"step": 90, "loss": 0.4, "swaps_auc": 0.8, "swaps_paired": 0.9, "whole_auc": 0.6},
]


def drawn(run: Path, text: str) -> str:
    (run / "log.jsonl").write_text(text, encoding="utf-8")
    return draw_curves(run).read_text(encoding="utf-8")


def log_of(lines: list[dict[str, float]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_the_loss_and_each_method_have_a_curve(tmp_path: Path) -> None:
    svg = drawn(tmp_path, log_of(LINES))
    ET.fromstring(svg)
    said = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"loss", "AUC, swaps", "AUC, whole", "step"} <= set(said)


def test_the_same_log_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    once = drawn(tmp_path, log_of(LINES))
    assert drawn(tmp_path, log_of(LINES)) == once
    assert drawn(tmp_path, log_of(LINES[:2])) != once


def test_what_was_told_twice_counts_once_and_a_broken_line_not_at_all(tmp_path: Path) -> None:
    once = drawn(tmp_path, log_of(LINES))
    earlier = {"step": 90, "loss": 7.0}
    assert drawn(tmp_path, log_of([LINES[0], earlier, *LINES[1:]]) + '{"step": 12') == once
