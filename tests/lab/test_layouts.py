"""Public collections, read from folders laid out as they come; the files in them are empty."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.layouts import LAYOUTS, read_layout, write_manifest


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


@pytest.fixture
def faceforensics(tmp_path: Path) -> Path:
    for split, couples in (
        ("train", [["000", "003"]]),
        ("val", [["100", "101"]]),
        ("test", [["200", "201"]]),
    ):
        (tmp_path / f"{split}.json").write_text(json.dumps(couples))
    real = "original_sequences/youtube/c23/videos/{}.mp4"
    touch(tmp_path, *(real.format(n) for n in ("000", "003", "100", "101", "200", "201", "999")))
    touch(tmp_path, "original_sequences/youtube/c40/videos/000.mp4")
    for method in ("Deepfakes", "NeuralTextures"):
        fake = f"manipulated_sequences/{method}/c23/videos/{{}}.mp4"
        touch(tmp_path, *(fake.format(n) for n in ("000_003", "003_000", "200_201")))
    return tmp_path


def test_faceforensics(faceforensics: Path) -> None:
    data = read_layout("faceforensics", faceforensics)
    assert Counter((i.split, i.label) for i in data.items) == {
        ("train", "real"): 2, ("train", "fake"): 4, ("dev", "real"): 2, ("test", "real"): 2, ("test", "fake"): 2,
    }  # fmt: skip
    twins = {(t.fake.path.stem, t.fake.method): t.real.path.stem for t in dataset.twins(data.items)}
    assert twins["003_000", "ff_neuraltextures"] == "003"
    assert len(twins) == 6
    assert {i.identity for i in data.select(split="train")} == {"ff_000_003"}
    assert dataset.leaks(data.items) == ()
    other = read_layout("faceforensics", faceforensics, compression="c40")
    assert [item.path.stem for item in other.items] == ["000"]


def test_celebdf_and_its_own_leak(tmp_path: Path) -> None:
    touch(tmp_path, "Celeb-real/id0_0000.mp4", "Celeb-real/id0_0001.mp4", "YouTube-real/00170.mp4")
    touch(tmp_path, "Celeb-synthesis/id0_id1_0000.mp4", "Celeb-synthesis/id0_id9_0001.mp4")
    (tmp_path / "List_of_testing_videos.txt").write_text(
        "1 YouTube-real/00170.mp4\n1 Celeb-real/id0_0001.mp4\n0 Celeb-synthesis/id0_id9_0001.mp4\n"
    )
    data = read_layout("celebdf", tmp_path)
    assert [i.split for i in data.items] == ["train", "test", "test", "train", "test"]
    assert [(t.fake.path.stem, t.real.path.stem) for t in dataset.twins(data.items)] == [
        ("id0_id1_0000", "id0_0000"),
        ("id0_id9_0001", "id0_0001"),
    ]
    assert dataset.leaks(data.items) == ("identity celeb_id0 is in the splits test, train",)


def test_dfdc(tmp_path: Path) -> None:
    touch(tmp_path, "part_0/aaa.mp4", "part_0/bbb.mp4", "part_1/ccc.mp4")
    about = {
        "aaa.mp4": {"label": "REAL", "split": "train"},
        "bbb.mp4": {"label": "FAKE", "split": "train", "original": "aaa.mp4"},
        "gone.mp4": {"label": "FAKE", "split": "train", "original": "aaa.mp4"},
    }
    (tmp_path / "part_0" / "metadata.json").write_text(json.dumps(about))
    (tmp_path / "part_1" / "metadata.json").write_text('{"ccc.mp4": {"label": "REAL", "split": "validate"}}')
    data = read_layout("dfdc", tmp_path)
    assert [(i.path.stem, i.label, i.split) for i in data.items] == [
        ("aaa", "real", "train"), ("bbb", "fake", "train"), ("ccc", "real", "dev"),
    ]  # fmt: skip
    ((twin),) = dataset.twins(data.items)
    assert (twin.fake.path.stem, twin.real.path.stem) == ("bbb", "aaa")


def test_deepfakebench(tmp_path: Path) -> None:
    frames = [f"simswap/ff/frames/000_003/{n:03}.png" for n in range(8)]
    genuine = ["FaceForensics++/c23/frames/000/000.png"]
    touch(tmp_path, *frames, *genuine)
    listing = {
        "simswap_ff": {
            "FF-real": {"train": {"c23": {"000": {"label": "FF-real", "frames": genuine}}}},
            "simswap_Fake": {
                "test": {"000_003": {"label": "x", "frames": [f"/{f}" for f in frames] + ["no.png"]}}
            },
        }
    }
    (tmp_path / "simswap_ff.json").write_text(json.dumps(listing))
    data = read_layout("deepfakebench", tmp_path)
    assert [(i.label, i.split, i.media) for i in data.items] == [
        ("real", "train", "photo"),
        *[("fake", "test", "photo")] * 4,
    ]
    assert {i.identity for i in data.items} == {"bench_000"}


def test_a_manifest_is_written_once_and_read_back(faceforensics: Path) -> None:
    data = read_layout("faceforensics", faceforensics)
    assert write_manifest(data) == faceforensics / "manifest.csv"
    assert dataset.load(faceforensics).items == data.items
    with pytest.raises(UsageError, match="exists already"):
        write_manifest(data)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_empty_folder_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the layout needs it|holds no file in the layout"):
        read_layout(name, tmp_path)


def test_what_is_not_as_it_must_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="layout must be one of"):
        read_layout("nonsense", tmp_path)
    (tmp_path / "metadata.json").write_text("[]")
    with pytest.raises(UsageError, match="must hold a JSON dict, but holds a list"):
        read_layout("dfdc", tmp_path)
    (tmp_path / "metadata.json").write_text("{")
    with pytest.raises(UsageError, match="is not JSON"):
        read_layout("dfdc", tmp_path)
    touch(tmp_path, "Celeb-synthesis/strange.mp4")
    (tmp_path / "List_of_testing_videos.txt").write_text("")
    with pytest.raises(UsageError, match=r"named idA_idB_NNNN\.mp4, but got strange\.mp4"):
        read_layout("celebdf", tmp_path)
