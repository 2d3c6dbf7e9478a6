"""What is kept of twins: all that training reads, and not the rest of the photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.generators.twin_pictures import MOST_PX, Twins
from facewarden.lab.training.pairs import PairStream
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores, write_store
from people import collins
from tests.lab.training.faces import encoded, record

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def face() -> MeshFace:
    (found,) = FaceFinder().find(collins())
    return found


def _twins(face: MeshFace) -> Twins:
    forged = collins().copy()
    x0, y0, x1, y1 = face.box_xyxy.astype(int)
    forged[y0:y1, x0:x1] = 255 - forged[y0:y1, x0:x1]
    return Twins(collins(), forged, face.landmarks, face.landmarks)


def _stream(folder: Path, twins: Twins) -> PairStream:
    genuine = record("collins", method="generated", pair="g")
    forged = record("collins", method="generated", pair="g", fake=True)
    write_store(
        folder / "train-twins.npz",
        [
            (genuine, encoded(twins.genuine), twins.landmarks),
            (forged, encoded(twins.forged), twins.forged_landmarks),
        ],
    )
    return PairStream(FaceShelf(list(read_stores(folder, "train"))), seed=3, sources={"generated": 1.0})


def test_training_loses_nothing(tmp_path: Path, face: MeshFace) -> None:
    twins = _twins(face)
    # Landmarks are stored in half precision: rounded alike before and after the cut they differ by nothing.
    points = np.round(face.landmarks)
    twins = Twins(twins.genuine, twins.forged, points, points)
    cut = twins.around_the_face()
    assert cut.genuine.shape[0] * cut.genuine.shape[1] < 0.25 * 512 * 512
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    before, after = _stream(tmp_path / "whole", twins), _stream(tmp_path / "cut", cut)
    for number in range(60):
        assert (before.pair(number).images == after.pair(number).images).all()


def test_both_twins_are_cut_alike_around_both_faces(face: MeshFace) -> None:
    moved = face.landmarks + np.array([40, 0, 0], np.float32)
    kept = _twins(face)
    cut = Twins(kept.genuine, kept.forged, face.landmarks, moved).around_the_face()
    assert cut.genuine.shape == cut.forged.shape
    assert cut.genuine.shape[1] > kept.around_the_face().genuine.shape[1] + 30
    assert np.allclose(cut.forged_landmarks - cut.landmarks, [40, 0, 0], atol=1e-3)


def test_a_large_face_is_reduced_and_its_landmarks_with_it(face: MeshFace) -> None:
    large = np.asarray(Image.fromarray(collins()).resize((2048, 2048), Image.Resampling.BICUBIC))
    points = (face.landmarks + 0.5) * 4 - 0.5
    cut = Twins(large, large, points, points).around_the_face()
    assert max(cut.genuine.shape) == MOST_PX
    crops = [
        warp.cut(image, align.crop_transform(marks), CROP_SIZE).astype(int)
        for image, marks in ((large, points), (cut.genuine, cut.landmarks))
    ]
    assert np.abs(crops[0] - crops[1]).mean() < 2
    # More pixels than the aligned crop has; upright it would be as many as its most enlarged one.
    assert np.hypot(*align.crop_transform(cut.landmarks)[:, 0]) < 1
    upright = np.hstack([points[:, :2] @ _turn(points), points[:, 2:]]).astype(np.float32)
    upright[:, :2] += 1024 - upright[:, :2].mean(0)
    kept = Twins(large, large, upright, upright).around_the_face()
    assert np.hypot(*align.crop_transform(kept.landmarks)[:, 0]) <= 1 / 1.1


def _turn(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What makes a face upright, for (N, 2) rows."""
    to_crop = align.crop_transform(points)[:, :2]
    return (to_crop / np.hypot(*to_crop[:, 0])).T.astype(np.float32)
