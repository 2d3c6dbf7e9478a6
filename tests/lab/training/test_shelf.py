"""Faces of several stores as one, and who is whose twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.training.shelf import FaceShelf, filled
from facewarden.lab.training.store import FaceStore, write_store
from tests.lab.training.faces import Triple, encoded, forged, genuine

pytestmark = pytest.mark.lab


def shelf(folder: Path, *stores: list[Triple]) -> FaceShelf:
    for number, triples in enumerate(stores):
        write_store(folder / f"{number}.npz", triples)
    return FaceShelf([FaceStore(folder / f"{number}.npz") for number in range(len(stores))])


def test_faces_are_numbered_across_stores(tmp_path: Path) -> None:
    first, second = [genuine("collins", "ffhq")], [genuine("hopper", "ffhq"), forged("hopper", "stylegan2")]
    faces = shelf(tmp_path, first, second)

    assert len(faces) == 3
    assert [r.path for r in faces.records] == ["ffhq/collins", "ffhq/hopper", "stylegan2/hopper-fake"]
    assert faces.by_method == {"ffhq/0": [0, 1], "stylegan2/1": [2]}
    picture, points = faces.face(2)
    assert encoded(picture) == second[1][1]
    assert (points == faces.landmarks(2)).all()


def test_twins_meet_by_pair_frame_and_re_encoding(tmp_path: Path) -> None:
    def clip(time_s: float, condition: str) -> dict[str, object]:
        return {"pair": "p", "media": "clip", "time_s": time_s, "condition": condition}

    faces = shelf(
        tmp_path,
        [
            genuine("collins", "webcam_streams", **clip(1, "")),
            genuine("collins", "webcam_streams", **clip(1, "crf28")),
            genuine("collins", "webcam_streams", **clip(2, "")),
        ],
        [
            forged("collins", "live_autoencoder", **clip(2, "")),
            forged("collins", "live_autoencoder", **clip(1, "crf28")),
            forged("collins", "live_autoencoder", **clip(3, "")),
            forged("collins", "live_autoencoder", **clip(1, "") | {"pair": "another"}),
        ],
    )
    assert faces.twins("live_autoencoder") == [(2, 3), (1, 4)]
    assert faces.twins("dfdc_crops") == []


def test_a_genuine_face_is_the_twin_of_every_forgery_made_from_it(tmp_path: Path) -> None:
    faces = shelf(
        tmp_path,
        [genuine("collins", "webcam_streams", pair="p")],
        [forged("collins", method, pair="p") for method in ("dfdc_crops", "live_autoencoder", "dfdc_crops")],
    )
    assert faces.twins("dfdc_crops") == [(0, 1), (0, 3)]
    assert faces.twins("live_autoencoder") == [(0, 2)]


def test_some_of_the_faces_make_a_shelf_of_their_own(tmp_path: Path) -> None:
    faces = shelf(
        tmp_path,
        [genuine("collins", "ffhq"), genuine("collins", "dfdc_crops", pair="p")],
        [forged("collins", "dfdc_crops", pair="p"), genuine("hopper", "ffhq")],
    )
    part = faces.only([3, 1, 2])
    assert [r.path for r in part.records] == ["ffhq/hopper", "dfdc_crops/collins", "dfdc_crops/collins-fake"]
    assert part.by_method == {"ffhq/0": [0], "dfdc_crops/0": [1], "dfdc_crops/1": [2]}
    assert part.twins("dfdc_crops") == [(1, 2)]
    assert (part.face(0)[0] == faces.face(3)[0]).all()
    assert (part.landmarks(2) == faces.landmarks(2)).all()
    assert len(faces) == 4, "the shelf itself stays"
    assert faces.only([2]).twins("dfdc_crops") == []


def test_a_split_without_faces_is_said(tmp_path: Path) -> None:
    write_store(tmp_path / "dev-a.npz", [genuine("collins", "ffhq")])
    assert len(filled(tmp_path, "dev")) == 1
    with pytest.raises(UsageError, match="holds no faces of the split train; store them first"):
        filled(tmp_path, "train")


def test_no_pair_means_no_twin(tmp_path: Path) -> None:
    faces = shelf(tmp_path, [genuine("collins", "ffhq"), forged("collins", "dfdc_crops")])
    assert faces.twins("dfdc_crops") == []
