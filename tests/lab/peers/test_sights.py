from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.errors import MediaError
from facewarden.faces import align
from facewarden.lab.peers.sights import BACKGROUND, FACTS, HIDDEN, SPECTRUM, Sights, _hidden, features
from facewarden.media.frame import Frame
from people import collins

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def sights() -> Sights:
    return Sights()


def test_a_portrait_gives_facts_and_features(tmp_path: Path, sights: Sights) -> None:
    path = tmp_path / "portrait.png"
    Image.fromarray(collins()).save(path)
    found = sights.judge(path)
    assert set(FACTS) <= set(found.parts)
    assert found.score == pytest.approx(found.parts["face_height_px"], abs=1e-4)
    assert 60 < found.parts["face_height_px"] < 250
    assert found.parts["picture_px"] == min(collins().shape[:2])
    counts = [len(features(found.parts, probe)) for probe in (SPECTRUM, BACKGROUND, HIDDEN)]
    assert counts[0] == 32
    assert counts[1] > 10
    assert counts[2] == 65


def test_the_face_itself_does_not_reach_the_probe_that_hides_it(sights: Sights) -> None:
    image = collins()
    (face,) = sights._finder.find(image)
    before = align.sample(Frame(image, 0.0, 0), face, track=1)
    other = image.copy()
    x, y = (int(v) for v in face.landmarks[1, :2])
    other[y - 20 : y + 20, x - 20 : x + 20] = 0
    after = align.sample(Frame(other, 0.0, 0), face, track=1)
    assert (before.crop_rgb != after.crop_rgb).any()
    assert (_hidden(before) == _hidden(after)).all()
    assert (_hidden(before) == before.crop_rgb).all(2).mean() > 0.2


def test_without_a_face_only_the_picture_is_measured(tmp_path: Path, sights: Sights) -> None:
    path = tmp_path / "plain.png"
    Image.fromarray(np.full((64, 80, 3), 90, np.uint8)).save(path)
    found = sights.judge(path)
    assert (found.score, found.reason, found.parts["picture_px"]) == (None, "no_face", 64)
    assert not features(found.parts, HIDDEN)
    assert features(found.parts, SPECTRUM)


def test_what_is_no_picture_is_a_failure(tmp_path: Path, sights: Sights) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no picture at all" * 100)
    with pytest.raises(MediaError):
        sights.judge(tmp_path / "x.jpg")


def test_it_travels_without_its_networks(sights: Sights) -> None:
    assert len(pickle.dumps(sights)) < 200
    assert sights.version == Sights().version
