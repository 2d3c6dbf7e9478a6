"""``facewarden protect compare``, with real files."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.messages import catalogue
from people import collins, hopper
from tests.cli.test_protect import Command, home, protect
from tests.matching.edits import cropped, resized

__all__ = ["home", "protect"]  # fixtures

pytest.importorskip("cv2", reason="needs the extra [compare]: OpenCV is missing")


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "secret-name.png"
    Image.fromarray(hopper()).save(path)
    return path


def test_a_copy_is_told_in_words(protect: Command, original: Path, home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    shown = cropped(hopper(), 0.1, 0.0, 0.1, 0.2)[:, ::-1]
    Image.fromarray(resized(np.rot90(shown), 0.5)).save(copy, quality=60)
    before = sorted(tmp_path.rglob("*"))
    code, out, err = protect("compare", original, copy)
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0].startswith("The same picture: ")
    assert lines[1].startswith(
        "FOUND shows this part of ORIGINAL: 10% to 90% of its width from the left, 0% to 80%"
    )
    assert lines[2:] == [
        "FOUND is mirrored, left to right.",
        "FOUND is turned by 90 degrees counterclockwise.",
        "What FOUND shows is 50% as large as in ORIGINAL, in pixels.",
        catalogue("en")["compare.faces_not_compared"],
    ]
    assert sorted(tmp_path.rglob("*")) == before
    assert not home.exists()


def test_json_repeats_no_name(protect: Command, original: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code, out, err = protect("compare", original, original, "--json", "--lang", "ko")
    report = json.loads(out)
    assert code == 1
    assert (report["kind"], report["outcome"], report["mirrored"]) == ("facewarden.compare", "same", False)
    assert [each["id"] for each in report["sentences"]] == [
        "compare.same",
        "compare.shows_all",
        "compare.scale",
    ]
    assert report["sentences"][1]["text"] == catalogue("ko")["compare.shows_all"]
    assert "secret-name" not in out + err + caplog.text


def test_another_picture_is_not_called_one(protect: Command, original: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.fromarray(collins()).save(other)
    assert protect("compare", original, other) == (0, catalogue("en")["compare.none"] + "\n", "")


def test_half_a_file_that_does_not_agree_is_left_open(
    protect: Command, original: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.jpg"
    Image.fromarray(collins()).save(other)
    other.write_bytes(other.read_bytes()[: other.stat().st_size * 2 // 3])
    code, out, _ = protect("compare", original, other)
    assert code == 3
    assert out.splitlines()[1:] == [catalogue("en")["left_out.damaged_tail"]]


def test_what_shows_too_little_is_not_compared(protect: Command, original: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (400, 300), (90, 120, 200)).save(plain)
    assert protect("compare", original, plain)[:2] == (3, catalogue("en")["compare.low_detail_found"] + "\n")
    report = json.loads(protect("compare", plain, original, "--json")[1])
    assert (report["outcome"], report["reason"], report["file"]) == ("abstained", "low_detail", "original")


def test_files_that_are_no_pictures(protect: Command, original: Path, tmp_path: Path) -> None:
    text, clip, missing = tmp_path / "text.png", tmp_path / "clip.gif", tmp_path / "missing.png"
    text.write_text("no picture")
    frames = [Image.new("RGB", (64, 64), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(clip, save_all=True, append_images=frames[1:], duration=200)
    for path, reason in ((text, "not_media"), (clip, "not_photo"), (missing, "not_found")):
        code, out, err = protect("compare", original, path)
        assert (code, out) == (2, "")
        assert "FOUND" in err
        assert path.name not in err
        code, out, _ = protect("compare", path, original, "--json")
        report = json.loads(out)
        assert (code, report["outcome"], report["reason"], report["file"]) == (2, "error", reason, "original")


def test_without_opencv_the_extra_is_named(
    protect: Command, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    code, out, err = protect("compare", original, original)
    assert (code, out) == (2, "")
    assert "pip install 'facewarden[compare]'" in err
