"""``facewarden lab data`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facewarden.cli.main import run


def test_a_manifest_then_its_leaks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("Celeb-real/id0_0000.mp4", "Celeb-real/id0_0001.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "List_of_testing_videos.txt").write_text("1 Celeb-real/id0_0001.mp4\n")
    assert run(["lab", "data", "manifest", str(tmp_path), "--layout", "celebdf"]) == 0
    assert capfd.readouterr().out.strip() == str(tmp_path / "manifest.csv")
    assert run(["lab", "data", "leaks", "--data", str(tmp_path)]) == 1
    assert "identity celeb_id0 is in the splits test, train" in capfd.readouterr().out
    assert run(["lab", "data", "audit", "--data", str(tmp_path)]) == 2
    assert "no forgeries with genuine files" in capfd.readouterr().err


def test_no_leaks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.mp4").write_text("a")
    (tmp_path / "metadata.json").write_text(json.dumps({"a.mp4": {"label": "REAL"}}))
    assert run(["lab", "data", "manifest", str(tmp_path), "--layout", "dfdc"]) == 0
    assert run(["lab", "data", "leaks", "--data", str(tmp_path), "--names-only"]) == 0
    assert "Nothing stands in more than one split" in capfd.readouterr().err
