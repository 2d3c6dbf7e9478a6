"""Faces come back from the store as they went in, and no half-written store is ever left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import UsageError
from facewarden.lab.training.store import FaceStore, read_stores, write_store
from tests.lab.training.faces import aligned, encoded, forged, genuine, record

pytestmark = pytest.mark.lab


def test_what_went_in_comes_out(tmp_path: Path) -> None:
    triples = [
        genuine("collins", "webcam_streams", pair="p", media="clip", time_s=12.0, condition="crf28"),
        forged("hopper", "dfdc_crops", yaw_deg=-3.5),
    ]
    path = tmp_path / "new" / "train-a.npz"

    assert write_store(path, triples) == 2

    store = FaceStore(path)
    assert len(store) == 2
    assert store.records == [triple[0] for triple in triples]
    for number, (_, picture, points) in enumerate(triples):
        assert encoded(store.picture(number)) == picture
        assert store.landmarks(number).shape == (468, 3)
        assert store.landmarks(number).dtype == np.float32
        # Half precision within a small picture: an eighth of a pixel.
        assert np.abs(store.landmarks(number) - points).max() < 0.125


def test_landmarks_in_large_pictures_keep_their_precision(tmp_path: Path) -> None:
    about, picture, points = genuine("collins", "ffhq")
    write_store(tmp_path / "train-a.npz", [(about, picture, points + np.float32(4000.3))])

    assert (FaceStore(tmp_path / "train-a.npz").landmarks(0) == points + np.float32(4000.3)).all()


def test_grey_and_transparent_pictures_come_out_as_colour(tmp_path: Path) -> None:
    face, points = aligned("collins")
    grey = encoded(face.image_rgb[..., 0])
    clear = encoded(np.dstack([face.image_rgb, face.image_rgb[..., 0]]))
    write_store(tmp_path / "a.npz", [(record("grey"), grey, points), (record("clear"), clear, points)])

    store = FaceStore(tmp_path / "a.npz")
    assert (store.picture(0) == face.image_rgb[..., :1]).all()
    assert (store.picture(1) == face.image_rgb).all()


def test_an_empty_store_is_a_store(tmp_path: Path) -> None:
    assert write_store(tmp_path / "dev-a.npz", []) == 0
    assert len(FaceStore(tmp_path / "dev-a.npz")) == 0


def test_stores_of_a_split_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("train-b", "train-a", "dev-a"):
        write_store(tmp_path / f"{name}.npz", [(record(name), *genuine("collins", "ffhq")[1:])])

    assert [store.records[0].path for store in read_stores(tmp_path, "train")] == ["train-a", "train-b"]
    assert list(read_stores(tmp_path / "nowhere", "train")) == []


def test_an_interruption_leaves_the_store_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "train-a.npz"
    write_store(path, [genuine("collins", "ffhq")])
    before = path.read_bytes()

    def broken() -> object:
        yield genuine("hopper", "ffhq")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(path, broken())  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "train-a.npz.part").symlink_to("/dev/full")

    with pytest.raises(UsageError, match=r"train-a\.npz could not be written: No space left on device"):
        write_store(tmp_path / "train-a.npz", [genuine("collins", "ffhq")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a store", b"PK\x03\x04 cut off"])
def test_what_is_not_a_store_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train-a.npz").write_bytes(content)
    with pytest.raises(UsageError, match=r"train-a\.npz is not a store of faces"):
        FaceStore(tmp_path / "train-a.npz")


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "train-a.npz", other=np.zeros(3))
    with pytest.raises(UsageError, match="is not a store of faces"):
        FaceStore(tmp_path / "train-a.npz")
