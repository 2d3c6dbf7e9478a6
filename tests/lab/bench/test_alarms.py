from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from facewarden.lab.bench.alarms import alarm_rows
from facewarden.lab.bench.contest import Verdict
from facewarden.lab.dataset import Item
from facewarden.report.model import Level
from lab.bench.making import twin_items
from lab.bench.test_table import RESULT


def _said(items: Sequence[Item], levels: Sequence[str]) -> dict[Item, Verdict]:
    return {
        item: Verdict("judged", 0.5, True, level) if level else Verdict("abstained", None)
        for item, level in zip(items, levels, strict=True)
    }


def test_flags_are_counted_among_what_was_judged() -> None:
    items = twin_items(4)
    said = _said(items, ["very_likely", "likely", "inconclusive", "", "weak", "no_sign", "no_sign", "likely"])
    real, fake = alarm_rows("mine", "jpeg20", items, said)
    assert (real.label, real.files, real.judged) == ("real", 4, 4)
    assert real.flagged == {Level.WEAK: 2, Level.LIKELY: 1, Level.VERY_LIKELY: 0}
    assert (fake.label, fake.files, fake.judged) == ("fake", 4, 3)
    assert fake.flagged == {Level.WEAK: 2, Level.LIKELY: 2, Level.VERY_LIKELY: 1}


def test_a_detector_without_levels_has_no_row() -> None:
    items = twin_items(2)
    assert not list(alarm_rows("meso", "", items, {item: Verdict("judged", 0.4) for item in items}))


def test_the_table_says_what_the_levels_cost_as_files_are_and_after() -> None:
    items = twin_items(4)
    before = _said(items, ["likely"] * 4 + ["no_sign"] * 4)
    after = _said(items, ["weak"] * 4 + ["no_sign", "no_sign", "weak", "likely"])
    nothing = _said(items, [""] * 8)
    rows = [
        row
        for wash, said in (("", before), ("jpeg20", after))
        for row in alarm_rows("mine", wash, items, said)
    ]
    rows += [replace(row, wash="dark") for row in alarm_rows("mine", "", items, before | nothing | {
        items[0]: Verdict("judged", 0.5, True, "weak")
    })]  # fmt: skip
    text = replace(RESULT, alarms=tuple(rows)).markdown()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "### Alarms after laundering" in lines
    assert "| as they are | 4 | 0 (0 %) | 0 (0 %) | 0 (0 %) | 4 | 4 (100 %) | 4 (100 %) | 0 (0 %) |" in lines
    assert "| jpeg20 | 4 | 2 (50 %) | 1 (25 %) | 0 (0 %) | 4 | 4 (100 %) | 0 (0 %) | 0 (0 %) |" in lines
    assert "| dark | 0 | – | – | – | 1 | 1 (100 %) | 0 (0 %) | 0 (0 %) |" in lines
    assert "Alarms after laundering" not in RESULT.markdown()
