from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from facewarden.cli.lab_bench import bench_command
from facewarden.errors import UsageError
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.ours import OurDetector


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six twins of noise; the forged half is softer."""
    root = tmp_path / "data"
    root.mkdir()
    with (root / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "split", "label", "media", "method", "identity", "pair", "licence"])
        for number in range(12):
            label = ("real", "fake")[number % 2]
            pixels = np.random.default_rng(number).normal(128, 20 + 40 * (label == "real"), (48, 48, 3))
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(root / f"{number}.jpg")
            name = f"p{number // 2}"
            rows.writerow([f"{number}.jpg", "dev", label, "photo", f"set_{label}", name, name, "CC0"])
    return root


@pytest.fixture
def arguments(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Our detector replaced by one that looks at the size of a file; work stays in this process."""

    def judge(self: object, path: Path) -> Judgement:
        size = path.stat().st_size
        return Judgement(1 / size, level="likely" if size < 2000 else "no_sign", is_probability=True)

    monkeypatch.setattr(OurDetector, "judge", judge)
    monkeypatch.chdir(tmp_path)
    return [
        "--data",
        str(data),
        "--detector",
        "ours",
        "--processes",
        "1",
        "--rounds",
        "20",
        "--no-probes",
        "--cost-files",
        "0",
    ]


def test_the_tables_are_printed_and_written(arguments: list[str], tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    outcome = CliRunner().invoke(bench_command, [*arguments, "--write", str(page)])
    assert outcome.exit_code == 0, outcome.output
    assert "### set_fake against set_real" in outcome.stdout
    assert "not trustworthy: bits a pixel reaches 1.00" in outcome.stdout
    assert "| all photos" in outcome.stdout
    assert "facewarden: 12 of 12" in outcome.stderr
    assert outcome.stdout in page.read_text("utf-8")
    assert list((tmp_path / ".cache" / "bench").iterdir())


def test_sheets_and_a_page_are_written_when_asked(arguments: list[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra [lab]: Matplotlib is missing")
    more = ["--csv", str(tmp_path / "sheets"), "--html", str(tmp_path / "page.html")]
    outcome = CliRunner().invoke(bench_command, [*arguments, *more])
    assert outcome.exit_code == 0, outcome.output
    assert {path.stem for path in (tmp_path / "sheets").iterdir()} == {
        "scores", "contests", "levels", "probabilities",
    }  # fmt: skip
    assert "<h1>Benchmark on <code>dev</code></h1>" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize("option", ["--csv", "--html", "--write"])
def test_a_place_that_cannot_be_written_is_found_out_at_once(
    arguments: list[str], tmp_path: Path, option: str
) -> None:
    (tmp_path / "taken").write_text("no marks and no folder", "utf-8")
    place = tmp_path / "taken" if option != "--html" else tmp_path / "taken" / "page.html"
    outcome = CliRunner().invoke(bench_command, [*arguments, option, str(place)])
    assert outcome.exit_code != 0
    assert "facewarden: 12 of 12" not in outcome.stderr
    assert (tmp_path / "taken").read_text("utf-8") == "no marks and no folder"


def test_nothing_is_kept_when_asked(arguments: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(bench_command, [*arguments, "--no-cache"]).exit_code == 0
    assert not (tmp_path / ".cache").exists()


def test_missing_weights_end_before_anything_is_written(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    more = ["--detector", "mesonet", "--mesonet", str(tmp_path / "none"), "--write", "page.md"]
    outcome = CliRunner().invoke(bench_command, [*arguments, *more])
    assert isinstance(outcome.exception, UsageError)
    assert not (tmp_path / "page.md").exists()


def test_an_unknown_detector_is_refused(data: Path) -> None:
    outcome = CliRunner().invoke(bench_command, ["--data", str(data), "--detector", "magic"])
    assert isinstance(outcome.exception, UsageError)
    assert "magic" in str(outcome.exception)


def test_a_detector_of_ones_own_takes_part(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def small(path):\n    return -path.stat().st_size\n", "utf-8")
    outcome = CliRunner().invoke(bench_command, [*arguments, "--detector", "mine.py:small"])
    assert outcome.exit_code == 0, outcome.output
    assert "\n| small " in outcome.stdout
    assert "\n| facewarden " in outcome.stdout


def test_help_needs_no_lab() -> None:
    outcome = CliRunner().invoke(bench_command, ["--help"])
    assert outcome.exit_code == 0
    assert "--write" in outcome.output
