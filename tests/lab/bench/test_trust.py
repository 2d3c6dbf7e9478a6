from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facewarden.lab.bench.contest import Contest, Row, Verdict, measure
from facewarden.lab.bench.trust import judge_trust, remark_sign
from facewarden.lab.dataset import Item


def item(number: int, label: Any, method: str, *, pair: str = "") -> Item:
    return Item(Path(f"{label}_{number}"), "dev", label, "photo", method, f"{label}{number}", pair, "CC0")


def paired(count: int) -> list[Item]:
    return [item(n, label, label, pair=f"pair{n}") for label in ("fake", "real") for n in range(count)]


def judged(items: Sequence[Item], scores: Sequence[float]) -> dict[Item, Verdict]:
    return {i: Verdict("judged", s) for i, s in zip(items, scores, strict=True)}


def row(detector: str, value: float, *, is_paired: bool) -> Row:
    items = (
        paired(100)
        if is_paired
        else [item(n, label, label) for label in ("fake", "real") for n in range(100)]
    )
    won = round(100 * value)
    scores: list[float] = [2.0] * won + [0.0] * (100 - won) + [1.0] * 100
    return measure(Contest("c", ("r",), tuple(items), is_paired), detector, judged(items, scores), rounds=10)


@pytest.mark.parametrize("is_paired", [True, False])
def test_a_row_that_a_shortcut_reaches_is_not_trustworthy(is_paired: bool) -> None:
    shortcuts = [row("size", 0.7, is_paired=is_paired), row("codec", 0.8, is_paired=is_paired)]
    weak, level, strong = judge_trust(
        [row("mine", value, is_paired=is_paired) for value in (0.75, 0.8, 0.85)], shortcuts
    )
    assert weak.caveat == level.caveat == "not trustworthy: codec reaches 0.80"
    assert strong.caveat == ""


def test_shortcuts_of_other_contests_say_nothing() -> None:
    other = measure(
        Contest("other", ("r",), tuple(paired(2)), True),
        "size",
        judged(paired(2), [1.0, 1.0, 0.0, 0.0]),
        rounds=5,
    )
    (kept,) = judge_trust([row("mine", 0.6, is_paired=True)], [other])
    assert kept.caveat == ""


def test_a_baseline_below_one_half_says_what_its_turned_sign_reaches() -> None:
    assert remark_sign(row("size", 0.18, is_paired=True)).caveat == "0.82 with its sign turned"
    assert remark_sign(row("size", 0.6, is_paired=True)).caveat == ""


@pytest.mark.parametrize("is_paired", [True, False])
def test_a_probe_that_judged_few_files_is_no_rival(is_paired: bool) -> None:
    probe = row("probe", 0.9, is_paired=is_paired)
    few = replace(probe, pairs=20 if is_paired else 0, abstained=160)
    (kept,) = judge_trust([row("mine", 0.8, is_paired=is_paired)], [few])
    assert kept.caveat == ""
    (doubted,) = judge_trust([row("mine", 0.8, is_paired=is_paired)], [probe])
    assert doubted.caveat == "not trustworthy: probe reaches 0.90"
