"""What the table of evasion counts."""

from __future__ import annotations

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

from facewarden.lab.bench.evasion import How, Outcome
from facewarden.lab.bench.evasion_table import markdown
from facewarden.lab.bench.photo_check import Seen
from facewarden.report.model import Level

pytestmark = pytest.mark.lab

UNTOUCHED = float("inf")
FOUND = Seen(Level.LIKELY, "", 3.0, False)
MISSED = Seen(Level.NO_SIGN, "", -3.0, False)
NOTICED = Seen(Level.NO_SIGN, "", -1.0, True)
WEAK = Seen(Level.WEAK, "", 1.0, False)
MIXED = Seen(Level.INCONCLUSIVE, "mixed_evidence", 0.0, False)
UNSTABLE = Seen(Level.INCONCLUSIVE, "unstable", None, False)
FACELESS = Seen(Level.INCONCLUSIVE, "no_face", None, False)


def outcome(how: How, budget_db: float, seen: Seen, after_jpeg: Seen = FOUND) -> Outcome:
    return Outcome("dfdc_crops", how, budget_db, seen, after_jpeg, 40.0, 0.95)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_the_table_counts_what_it_says() -> None:
    seen = (FOUND, MISSED, NOTICED, WEAK, MIXED, UNSTABLE, UNSTABLE, FACELESS)
    head, _, untouched, row = markdown(
        [outcome("gradient", UNTOUCHED, FOUND)] * 8 + [outcome("gradient", 44.0, one, MISSED) for one in seen]
    ).splitlines()
    assert dict(zip(cells(head), cells(row), strict=True)) == {
        "attacker": "white box",
        "PSNR, at least": "44 dB",
        "n": "8",
        "found (`likely` or above)": "0.12 [0.02, 0.47]",
        "weak or inconclusive": "0.25 [0.07, 0.59]",
        "abstained": "0.38 [0.14, 0.69]",
        "of it `unstable`": "2",
        "`no_sign`": "0.25 [0.07, 0.59]",
        "of it without another cue": "1",
        "mean logit": "0.0",
        "SSIM": "0.950",
        "after JPEG 75: found": "0",
        "after JPEG 75: `no_sign`": "8",
    }
    assert cells(untouched)[:4] == ["nobody", "untouched", "8", "1.00 [0.68, 1.00]"]


def test_a_row_for_each_attacker_and_budget_the_strictest_first_and_one_untouched() -> None:
    hows: tuple[How, ...] = ("score", "aware")
    lines = markdown(
        [outcome(how, db, UNSTABLE) for how in hows for db in (UNTOUCHED, 48.0, 40.0)]
    ).splitlines()[2:]
    assert [cells(line)[:3] for line in lines] == [
        ["nobody", "untouched", "1"],
        ["score only", "48 dB", "1"],
        ["score only", "40 dB", "1"],
        ["white box, aware of the second look", "48 dB", "1"],
        ["white box, aware of the second look", "40 dB", "1"],
    ]
    assert "–" in cells(lines[0]), "there is no mean of no logits"
