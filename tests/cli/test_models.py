"""``facewarden models``, and that checks use, and name, the model that was chosen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facewarden.checker import Checker
from facewarden.cli.main import run
from facewarden.errors import ModelError
from facewarden.models import registry
from facewarden.models.bundle import CALIBRATION, CARD, NETWORK, RECORD
from facewarden.report.html import render_html
from facewarden.report.terminal import terminal_text
from tests.models.bundles import altered_copy, made_up

PHOTO = Path(__file__).parents[2] / "examples" / "genuine.jpg"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "models"
    monkeypatch.setenv(registry.VARIABLE, str(folder))
    registry._in_use.cache_clear()
    yield folder
    registry._in_use.cache_clear()


@pytest.fixture
def models(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``facewarden models ...`` as a new process would; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        registry._in_use.cache_clear()
        capsys.readouterr()
        code = run(["models", *map(str, arguments)])
        told = capsys.readouterr()
        registry._in_use.cache_clear()
        return code, told.out, told.err

    return call


def test_a_plain_installation_lists_and_verifies_what_ships(models: Command) -> None:
    code, out, err = models("list")
    assert (code, err) == (0, "")
    assert out.startswith("shipped/frame_forgery.onnx (in use)\n  ok\n  made 20")
    assert "\n  on dev: " in out
    assert "face_landmark.tflite\n  ok\n" in out
    code, out, err = models("verify")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "shipped/frame_forgery.onnx (in use): ok"


def test_a_model_is_added_listed_chosen_and_left_again(models: Command, home: Path, tmp_path: Path) -> None:
    source = made_up(tmp_path / "night")
    assert models("add", source) == (0, f"{home / 'night'}\n", "")
    _, out, _ = models("list")
    assert "night/frame_forgery.onnx\n  ok\n  made 2026-01-02, calibration v1, sha256 " in out
    assert "shipped/frame_forgery.onnx (in use)" in out
    assert models("use", "night") == (0, "night\n", "")
    _, out, _ = models("list", "--json")
    lines = {line.get("bundle"): line for line in map(json.loads, out.splitlines())}
    assert lines["night"]["in_use"]
    assert not lines["shipped"]["in_use"]
    assert lines["night"]["state"] == "ok"
    assert lines["night"]["origin"] == "installed"
    assert "night/frame_forgery.onnx (in use): ok" in models("verify")[1]
    code, out, err = models("remove", "night")
    assert (code, out) == (2, "")
    assert "The model night is in use" in err
    assert models("use", "shipped") == (0, "shipped\n", "")
    assert "shipped/frame_forgery.onnx (in use): ok" in models("verify")[1]
    assert models("remove", "night") == (0, "night: removed\n", "")
    assert "night" not in models("list")[1]


@pytest.mark.parametrize(
    ("file", "why"),
    [(NETWORK, "not the one that its card names"), (CARD, "cannot be read"), (CALIBRATION, "is not JSON")],
)
def test_what_is_damaged_is_said_and_the_code_is_two(
    models: Command, home: Path, tmp_path: Path, file: str, why: str
) -> None:
    models("add", made_up(tmp_path / "night"))
    (home / "night" / file).write_bytes(b"\x00")
    code, out, _ = models("verify")
    assert code == 2
    assert "shipped/frame_forgery.onnx (in use): ok\nnight/frame_forgery.onnx: missing or altered\n  " in out
    assert why in out
    assert "night/frame_forgery.onnx\n  missing or altered\n" in models("list")[1]
    code, out, err = models("use", "night")
    assert (code, out) == (2, "")
    assert why in err


def test_a_model_in_use_that_changed_or_went_is_said(models: Command, home: Path, tmp_path: Path) -> None:
    models("add", made_up(tmp_path / "night"))
    models("use", "night")
    card = home / "night" / CARD
    card.write_text(card.read_text() + "\n")
    code, out, _ = models("verify")
    assert code == 2
    assert f"{CARD} is not what it was when the model was chosen" in out
    shutil.rmtree(home / "night")
    code, out, _ = models("verify")
    assert code == 2
    assert "night/frame_forgery.onnx (in use): missing or altered" in out


def test_a_calibration_that_no_check_could_read_is_refused(
    models: Command, home: Path, tmp_path: Path
) -> None:
    source = made_up(tmp_path / "night")
    calibration = json.loads((source / CALIBRATION).read_text())
    (source / CALIBRATION).write_text(json.dumps({"models": calibration["models"]}))
    code, out, err = models("add", source)
    assert (code, out) == (2, "")
    assert "is not one: " in err
    assert not home.exists()


def test_a_forged_record_is_refused(models: Command, home: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="needs the extra [lab]")
    source = made_up(tmp_path / "night")
    (source / RECORD).write_text('{"decision": "promoted"}')
    code, _, err = models("add", source)
    assert code == 2
    assert "may not be relied on: it is not signed" in err
    models("add", made_up(tmp_path / "day"))
    (home / "day" / RECORD).write_text('{"decision": "promoted"}')
    code, out, _ = models("verify")
    assert code == 2
    assert "may not be relied on" in out


def test_a_card_does_not_steer_the_terminal(models: Command, tmp_path: Path) -> None:
    source = made_up(tmp_path / "night")
    card = json.loads((source / CARD).read_text())
    (source / CARD).write_text(json.dumps(card | {"licence": "\x1b[2Jfree\nshipped"}))
    models("add", source)
    _, out, _ = models("list")
    assert "\x1b" not in out
    assert "free\nshipped" not in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("use", "noon"), "There is no model named noon; there are shipped"),
        (("use",), "NAME"),
        (("add", "nowhere"), "does not exist"),
        (("add", "."), "no sound model"),
    ],
)
def test_what_cannot_be_is_said(
    models: Command, tmp_path: Path, arguments: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = models(*arguments)
    assert (code, out) == (2, "")
    assert why in err


def test_checks_use_the_chosen_model_and_the_report_says_so(models: Command, tmp_path: Path) -> None:
    models("add", altered_copy(tmp_path / "night"))
    models("use", "night")
    report = Checker(effort="fast").check(PHOTO)
    assert report.error is None
    assert report.versions.bundle == "night"
    assert report.versions.calibration == "v2"
    assert report.versions.models == {NETWORK: registry.in_use().card().sha256[:12]}
    assert report.faces[0].cues[0].score is not None
    assert "Models: night" in terminal_text([report], language="en", width=300)
    assert "night: frame_forgery.onnx" in render_html([report], language="en", reveal=False)
    models("use", "shipped")
    report = Checker(effort="fast").check(PHOTO)
    assert report.versions.bundle == "shipped"
    assert "Models:" not in terminal_text([report], language="en", width=300)


def test_a_damaged_model_in_use_ends_the_check_with_code_two(
    models: Command, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models("add", made_up(tmp_path / "night"))
    models("use", "night")
    (home / "night" / NETWORK).write_bytes(b"something else")
    with pytest.raises(ModelError, match="night in use is damaged"):
        Checker(effort="fast").check(PHOTO)
    registry._in_use.cache_clear()
    capsys.readouterr()
    assert run(["check", "--fast", str(PHOTO)]) == 2
    told = capsys.readouterr()
    assert "The model night in use is damaged" in told.err
    assert told.out == ""
