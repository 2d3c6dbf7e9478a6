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


def _manifest(folder: Path, rows: int = 20) -> Path:
    lines = ["path,split,label,media,method,identity,pair,licence"]
    for number in range(rows):
        for label in ("real", "fake"):
            name = f"{label}_{number}.jpg"
            (folder / name).write_text(name)
            lines.append(f"{name},all,{label},photo,{label}s,p{number},p{number},CC0")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_new_splits_pass_the_search_for_leaks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    order = ["lab", "data", "split", "--data", str(_manifest(tmp_path)), "--write", "splits.csv"]
    assert run([*order, "--into", "train=60,test=40"]) == 0
    said = capfd.readouterr()
    assert said.out.splitlines()[0] == str(tmp_path / "splits.csv")
    assert "| train | 24 | 0.600 | 0.600 | 12 | 12 | fakes 12, reals 12 |" in said.out
    assert "40 files in 20 groups that are never parted; the largest holds 2." in said.err
    assert run(["lab", "data", "leaks", "--data", str(tmp_path), "--manifest", "splits.csv"]) == 0
    rows = (tmp_path / "splits.csv").read_text().splitlines()
    before = (tmp_path / "manifest.csv").read_text().splitlines()
    assert len(rows) == len(before) == 41
    assert all(row.split(",")[0] == old.split(",")[0] for row, old in zip(rows, before, strict=True))


def test_a_manifest_is_never_overwritten(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _manifest(tmp_path)
    before = (tmp_path / "manifest.csv").read_bytes()
    order = ["lab", "data", "split", "--data", str(tmp_path), "--write"]
    assert run([*order, "manifest.csv"]) == 2
    assert "exists already" in capfd.readouterr().err
    assert run([*order, "../splits.csv"]) == 2
    assert "give a name alone" in capfd.readouterr().err
    assert (tmp_path / "manifest.csv").read_bytes() == before
    assert [path for path in tmp_path.iterdir() if path.suffix != ".jpg"] == [tmp_path / "manifest.csv"]


@pytest.mark.parametrize(
    "shares", ["train", "train=1", "train=1,train=2", "train=1,dev=0", "train=1,dev=x", "=1,a=1"]
)
def test_shares_are_checked(tmp_path: Path, capfd: pytest.CaptureFixture[str], shares: str) -> None:
    order = ["lab", "data", "split", "--data", str(_manifest(tmp_path)), "--write", "s.csv", "--into", shares]
    assert run(order) == 2
    assert "but got" in capfd.readouterr().err
    assert not (tmp_path / "s.csv").exists()


def test_a_copy_encoded_anew_is_an_error_of_looks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pdqhash", reason="needs the extra [protect]: pdqhash is missing")
    from PIL import Image

    from people import collins

    monkeypatch.chdir(tmp_path)
    Image.fromarray(collins()).save(tmp_path / "a.jpg")
    Image.fromarray(collins()).save(tmp_path / "b.jpg", quality=50)
    (tmp_path / "manifest.csv").write_text(
        "path,split,label,media,method,identity,pair,licence\n"
        "a.jpg,train,real,photo,m,ann,,CC0\nb.jpg,dev,real,photo,m,bob,,CC0\n"
    )
    order = ["lab", "data", "leaks", "--data", str(tmp_path)]
    assert run(order) == 0
    capfd.readouterr()
    assert run([*order, "--look", "--processes", "1"]) == 1
    said = capfd.readouterr()
    assert "error: near duplicates" in said.out
    assert "error: the same face" in said.out
    assert "Opened 2 files" in said.err
    assert [path.parent.name for path in tmp_path.rglob("*.jsonl")] == ["looks"]
