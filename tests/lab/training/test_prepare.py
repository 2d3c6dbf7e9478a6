"""Filling the store: faces are found, clips give frames as they came and re-encoded, the rest is said."""

from __future__ import annotations

import csv
import logging
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE
from facewarden.lab import dataset
from facewarden.lab.training.prepare import Recoding, prepare, recode
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores
from people import canvas, collins, hopper
from tests.media.making import write_clip

pytestmark = pytest.mark.lab

Prepared = tuple[Path, Path, dict[str, int], list[tuple[str, int, int]]]


def _write_manifest(root: Path, rows: list[dict[str, str]]) -> Path:
    with (root / dataset.MANIFEST).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, dataset.COLUMNS)
        writer.writeheader()
        for row in rows:
            given = {
                "path": "a.jpg",
                "label": "real",
                "media": "photo",
                "method": "ffhq",
                "identity": "nobody",
            }
            writer.writerow({"pair": "", "licence": "CC0"} | given | row)
    return root


def clip(path: Path, *, frames: int) -> Path:
    """Collins' face, moving a pixel to the right in each frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = collins()[40:232, 120:344]
    write_clip(path, [np.ascontiguousarray(np.roll(image, n, axis=1)) for n in range(frames)])
    return path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """(data set, stores, what prepare returned, what its hook was told)"""
    root = tmp_path_factory.mktemp("data")
    Image.fromarray(hopper()).save(root / "hopper.jpg", quality=90)
    Image.fromarray(canvas(200, 240)).save(root / "wall.png")
    (root / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    (root / "broken.mp4").write_bytes(b"not a clip")
    clip(root / "twin.mp4", frames=6)
    clip(root / "swap.mp4", frames=6)
    common = {"split": "train", "identity": "collins", "pair": "p", "media": "clip"}
    _write_manifest(
        root,
        [
            {"path": "hopper.jpg", "split": "train", "method": "ffhq", "identity": "hopper"},
            {"path": "wall.png", "split": "train", "method": "ffhq"},
            {"path": "broken.jpg", "split": "train", "method": "ffhq"},
            {"path": "missing.jpg", "split": "train", "method": "ffhq"},
            {"path": "broken.mp4", "split": "train", "method": "ffhq", "media": "clip"},
            {"path": "twin.mp4", "method": "webcam_streams"} | common,
            {"path": "swap.mp4", "method": "live_autoencoder", "label": "fake"} | common,
            {"path": "hopper.jpg", "split": "dev", "method": "ffhq", "identity": "hopper"},
            {"path": "hopper.jpg", "split": "spare", "method": "ffhq", "identity": "hopper"},
        ],
    )
    told: list[tuple[str, int, int]] = []
    stores = tmp_path_factory.mktemp("stores")
    counts = prepare(dataset.load(root), stores, hook=lambda *news: told.append(news))
    return root, stores, counts, told


def test_each_portion_has_its_store(prepared: Prepared) -> None:
    _, stores, counts, told = prepared
    assert counts == {
        "train-a-dfdc.npz": 0,
        "train-c-live.npz": 2 * 4 * 4,  # clips, ways of encoding, frames
        "train-b-rest.npz": 1,
        "dev-a-all.npz": 1,
    }
    assert sorted(path.name for path in stores.iterdir()) == sorted(counts)
    assert told[-1] == ("a-all", 1, 1)
    assert [news for news in told if news[0] == "c-live"] == [("c-live", 1, 2), ("c-live", 2, 2)]
    assert ("b-rest", 5, 5) in told, "what could not be read counts as done"


def test_a_photo_is_stored_as_it_came(prepared: Prepared) -> None:
    root, stores, *_ = prepared
    (store,) = read_stores(stores, "dev")
    (found,) = store.records
    assert (found.path, found.label, found.method, found.media) == ("hopper.jpg", 0, "ffhq", "photo")
    assert (found.identity, found.pair, found.condition, found.time_s) == ("hopper", "", "", 0.0)
    assert (store.picture(0) == np.asarray(Image.open(root / "hopper.jpg"))).all()
    assert abs(found.yaw_deg) < 25
    assert 170 < found.height_px < 240
    points = store.landmarks(0)
    assert np.abs(points[[10, 152], :2] - [(259, 127), (269, 333)]).max() < 30


def test_twins_among_clips_meet_in_every_frame_and_encoding(prepared: Prepared) -> None:
    _, stores, *_ = prepared
    shelf = FaceShelf(list(read_stores(stores, "train")))
    twins = shelf.twins("live_autoencoder")
    assert len(twins) == 16
    assert {shelf.records[number].condition for _, number in twins} == {"", "crf23", "crf28", "crf33_240p"}
    assert {shelf.records[number].time_s for _, number in twins} == {1.0, 2.0, 3.0, 4.0}


def test_frames_keep_what_an_aligned_crop_needs(prepared: Prepared) -> None:
    """The stored surroundings give the same crop as the whole frame; where the clip ends, both are grey."""
    root, stores, *_ = prepared
    shelf = FaceShelf(list(read_stores(stores, "train")))
    number = next(
        n for n, r in enumerate(shelf.records) if r.path == "twin.mp4" and not r.condition and r.time_s == 2
    )
    picture, points = shelf.face(number)
    with av.open(str(root / "twin.mp4")) as container:
        frame = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][2]
    (face,) = FaceFinder().find(frame)

    stored = warp.cut(picture, align.crop_transform(points), CROP_SIZE)
    whole = warp.cut(frame, align.crop_transform(face.landmarks), CROP_SIZE)

    assert np.abs(stored.astype(int) - whole).mean() < 2
    assert picture.shape[0] * picture.shape[1] < frame.shape[0] * frame.shape[1]


def test_what_cannot_be_read_and_where_no_face_is_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Image.fromarray(canvas(60, 60)).save(tmp_path / "wall.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8")
    rows = [
        {"path": name, "split": "train", "method": "ffhq"} for name in ("wall.png", "broken.jpg", "gone.jpg")
    ]
    _write_manifest(tmp_path, rows)
    with caplog.at_level(logging.WARNING):
        assert sum(prepare(dataset.load(tmp_path), tmp_path / "stores").values()) == 0
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "no face found in a photo of ffhq"
    assert said[1].startswith("left out, since it cannot be read: broken.jpg")
    assert said[2].startswith("left out, since it cannot be read: gone.jpg")


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    data = dataset.load(_write_manifest(tmp_path, [{"split": "dev"}]))
    with pytest.raises(UsageError, match="has no files in the split train"):
        prepare(data, tmp_path / "stores")
    assert not (tmp_path / "stores").exists()


@pytest.mark.parametrize(("height", "size"), [(None, (192, 224)), (96, (96, 112)), (500, (192, 224))])
def test_a_re_encoded_clip_has_the_same_frames(
    tmp_path: Path, height: int | None, size: tuple[int, int]
) -> None:
    path = clip(tmp_path / "a.mp4", frames=5)
    with av.open(recode(path, Recoding("hard", 40, height))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    assert frames[0].shape[:2] == size
    with av.open(str(path)) as container:
        before = next(container.decode(video=0)).to_ndarray(format="rgb24")
    if size == before.shape[:2]:
        assert 0.5 < np.abs(frames[0].astype(int) - before).mean() < 12
