"""The examples through the whole check, with the network and the calibration that ship."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

import facewarden
import facewarden.checker
from facewarden.report.model import Level, Report
from facewarden.verdict.calibration import default

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    checker = facewarden.Checker()
    return {path.name: checker.check(path) for path in sorted(EXAMPLES.glob("*.[jm]p*"))}


@pytest.mark.parametrize("name", ["genuine.jpg", "genuine.mp4"])
def test_the_genuine_ones_show_no_sign(reports: dict[str, Report], name: str) -> None:
    report = reports[name]
    assert report.error is None
    assert report.level is Level.NO_SIGN
    assert not report.abstained
    assert [face.level for face in report.faces] == [Level.NO_SIGN]
    assert report.provenance is not None
    assert not report.provenance.lab_marked


@pytest.mark.parametrize("name", ["LAB-swap.jpg", "LAB-swap.mp4"])
def test_the_swaps_are_found_by_the_face_and_not_by_the_marks(reports: dict[str, Report], name: str) -> None:
    report = reports[name]
    assert report.level.rank >= Level.LIKELY.rank
    votes = {cue.cue: cue.log_likelihood_ratio for cue in report.faces[0].cues}
    assert votes["frame_forgery"] is not None
    assert votes["frame_forgery"] >= default().thresholds.likely.llr
    voted = [cue for cue, vote in votes.items() if vote is not None]
    assert voted == (["frame_forgery", "temporal_texture"] if name.endswith(".mp4") else ["frame_forgery"])
    # The marks are seen, and said, but nothing that reads them has a vote.
    assert report.provenance is not None
    assert report.provenance.lab_marked


def test_the_map_lies_on_the_face(reports: dict[str, Report]) -> None:
    forgery = next(cue for cue in reports["LAB-swap.jpg"].faces[0].cues if cue.cue == "frame_forgery")
    grid = forgery.heat_maps[0].grid
    middle = [row[10:22] for row in grid[10:22]]
    border = [grid[0], grid[-1], [row[0] for row in grid], [row[-1] for row in grid]]
    assert sum(map(sum, middle)) / 144 > 3 * sum(map(sum, border)) / 128


def test_a_small_picture_of_the_face_alone_abstains_or_judges_but_never_fails(tmp_path: Path) -> None:
    from PIL import Image

    with Image.open(EXAMPLES / "genuine.jpg") as picture:
        picture.resize((picture.width // 6, picture.height // 6)).save(tmp_path / "small.png")
    report = facewarden.check(tmp_path / "small.png")
    assert report.error is None
    assert report.abstained
    assert report.probability is None
    assert report.reason in {"too_small", "no_face", "too_blurred"}


@pytest.mark.lab
def test_of_a_worn_copy_the_report_says_that_less_is_found(
    reports: dict[str, Report], tmp_path: Path
) -> None:
    from PIL import Image

    from facewarden.lab.attacks.launder import parse, washed

    with Image.open(EXAMPLES / "genuine.jpg") as picture:
        (worn,) = washed([np.asarray(picture.convert("RGB"))], parse("height360+h264:35"))
    Image.fromarray(worn).save(tmp_path / "worn.png")

    said = [each.id for each in facewarden.check(tmp_path / "worn.png").not_checked]

    assert "left_out.worn" in said
    for report in reports.values():
        assert "left_out.worn" not in [each.id for each in report.not_checked]


def test_the_documented_examples_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    for module in (facewarden, facewarden.checker):
        outcome = doctest.testmod(module)
        assert outcome.attempted > 0
        assert outcome.failed == 0
