from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pdqhash", reason="needs the extra [protect]: pdqhash is missing")

from facewarden.errors import MediaError
from facewarden.faces.identity import distance
from facewarden.lab.coding import crf_options, encode
from facewarden.lab.looks import Looker, look_of
from facewarden.matching.pdq import distances, pdq_of, words_of
from people import collins, hopper

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def looker() -> Looker:
    return Looker()


def test_a_copy_encoded_anew_looks_the_same(tmp_path: Path, looker: Looker) -> None:
    Image.fromarray(collins()).save(tmp_path / "one.png")
    Image.fromarray(collins()).resize((400, 400)).save(tmp_path / "two.jpg", quality=60)
    one, two = (look_of(looker.judge(tmp_path / name).parts) for name in ("one.png", "two.jpg"))
    assert distances(one.whole, two.whole[0])[0] <= 12
    assert distance(one.faces[0], two.faces[0]) < 0.25
    assert one.background.keys() == two.background.keys()
    assert len(one.background) > 10


def test_another_picture_looks_different(tmp_path: Path, looker: Looker) -> None:
    for name, image in (("one.png", collins()), ("two.png", hopper())):
        Image.fromarray(image).save(tmp_path / name)
    one, two = (look_of(looker.judge(tmp_path / name).parts) for name in ("one.png", "two.png"))
    assert distances(one.whole, two.whole[0])[0] > 90
    assert distance(one.faces[0], two.faces[0]) > 0.5


def test_a_mirrored_picture_is_known(tmp_path: Path, looker: Looker) -> None:
    Image.fromarray(collins()[:, ::-1].copy()).save(tmp_path / "mirrored.png")
    found = look_of(looker.judge(tmp_path / "mirrored.png").parts)
    assert distances(found.mirrored, words_of([pdq_of(collins())])[0])[0] <= 4
    assert distances(found.whole, words_of([pdq_of(collins())])[0])[0] > 90


def test_a_clip_is_looked_at_in_several_moments(tmp_path: Path, looker: Looker) -> None:
    with (tmp_path / "clip.mp4").open("w+b") as file:
        encode([collins()] * 45, file, rate=5, options=crf_options("h264", 20), threads=1)
    found = look_of(looker.judge(tmp_path / "clip.mp4").parts)
    assert (len(found.whole), len(found.mirrored), len(found.faces)) == (6, 6, 3)


def test_what_is_kept_comes_back_from_a_cache(tmp_path: Path, looker: Looker) -> None:
    Image.fromarray(collins()).save(tmp_path / "one.png")
    judgement = looker.judge(tmp_path / "one.png")
    kept = json.loads(json.dumps(asdict(judgement)))["parts"]
    one, again = look_of(judgement.parts), look_of(kept)
    assert np.array_equal(one.whole, again.whole)
    assert np.array_equal(one.faces, again.faces)
    assert one.background == again.background
    assert np.array_equal(one.whole, words_of([pdq_of(collins())]))


def test_a_face_that_cannot_be_compared_is_left_out_with_the_reason(tmp_path: Path, looker: Looker) -> None:
    Image.fromarray(collins()).resize((110, 110)).save(tmp_path / "small.png")
    found = looker.judge(tmp_path / "small.png")
    assert (found.score, found.reason) == (None, "too_small")
    assert look_of(found.parts).faces.shape == (0, 128)
    assert len(look_of(found.parts).whole) == 1


def test_nothing_to_see_is_no_hash(tmp_path: Path, looker: Looker) -> None:
    Image.fromarray(np.full((90, 90, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    found = looker.judge(tmp_path / "grey.png")
    assert (found.score, found.reason, found.parts) == (None, "no_face", {})


def test_what_is_no_media_is_a_failure(tmp_path: Path, looker: Looker) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no picture at all" * 100)
    with pytest.raises(MediaError):
        looker.judge(tmp_path / "x.jpg")


def test_it_travels_without_its_networks(looker: Looker) -> None:
    assert len(pickle.dumps(looker)) < 200
    assert looker.version == Looker().version
