from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.bench import table
from facewarden.lab.bench.contest import Row
from facewarden.lab.bench.metrics import UNKNOWN, Interval
from facewarden.lab.bench.table import SLOT, BenchResult

BEGIN, END = SLOT.begin, SLOT.end
GOOD = Interval(0.91, 0.8, 0.97)


def row(detector: str, *, paired: bool = True, caveat: str = "") -> Row:
    return Row(
        contest="swap" if paired else "flux",
        against=("portraits",),
        paired=paired,
        detector=detector,
        fakes=11,
        reals=12,
        abstained=3,
        failed=1,
        auc=GOOD,
        tpr=UNKNOWN,
        pairs=9 if paired else 0,
        paired_accuracy=GOOD if paired else UNKNOWN,
        equal_error_rate=GOOD,
        tpr_at_1=UNKNOWN,
        brier=GOOD if detector == "mine" else UNKNOWN,
        calibration_error=GOOD if detector == "mine" else UNKNOWN,
        coverage=GOOD,
        unit="11 files",
        caveat=caveat,
    )


RESULT = BenchResult(
    split="dev",
    rows=(row("mine", caveat="not trustworthy: size reaches 0.95"), row("mine", paired=False)),
    shortcuts=(row("size"),),
    levels=(),
    probabilities=(),
    left_out=("2 file(s) of x: also in `train`",),
    skipped=(),
    rounds=100,
    seed=7,
)


def test_every_contest_has_a_table_with_its_kind_and_doubts() -> None:
    text = RESULT.markdown()
    assert "### swap against portraits" in text
    assert "11 forged, 12 genuine; paired; intervals over 11 files." in text
    assert "unpaired, shortcut risk" in text
    assert "0.91 [0.80, 0.97] of 9" in text
    assert "not trustworthy: size reaches 0.95" in text
    assert "Too few genuine files for a TPR at 5 % and 1 % FPR" in text
    assert "| *size*" in text
    (said,) = [line for line in text.splitlines() if line.startswith("| swap ") and "0.910 [" in line]
    assert "mine" in said
    assert "nan" not in text
    assert "2 file(s) of x: also in `train`" in text
    assert "### Not measured" not in text


def test_columns_line_up() -> None:
    tables = [
        [line for line in block.splitlines() if line.startswith("|")]
        for block in RESULT.markdown().split("\n\n")
    ]
    tables = [lines for lines in tables if lines]
    assert len(tables) == 3
    for lines in tables:
        assert len({len(line) for line in lines}) == 1
        assert len({line.count("|") for line in lines}) == 1


def test_writing_keeps_what_stands_around_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Title\n\nbefore\n\n{BEGIN}\nformer tables\n{END}\n\nafter\n", "utf-8")
    table.write(RESULT, page)
    once = page.read_text("utf-8")
    assert once.startswith(f"# Title\n\nbefore\n\n{BEGIN}\n")
    assert once.endswith(f"{END}\n\nafter\n")
    assert "former tables" not in once
    assert RESULT.markdown() in once
    table.write(RESULT, page)
    assert page.read_text("utf-8") == once


def test_a_missing_page_is_begun(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "benchmarks.md"
    table.write(RESULT, page)
    assert page.read_text("utf-8").startswith("# Benchmarks\n")


@pytest.mark.parametrize("text", ["# none\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n"])
def test_a_page_without_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="must hold the lines"):
        table.write(RESULT, page)
    assert page.read_text("utf-8") == text
