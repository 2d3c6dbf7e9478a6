"""Key pictures: few, telling, apart in time, and held in memory alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.media.frame import Frame
from facewarden.portraits import KeyPictures, key_picture
from tests.cues.samples import sample


def frame(time_s: float, *, height: int = 90, width: int = 160) -> Frame:
    return Frame(np.full((height, width, 3), 50, np.uint8), time_s, round(time_s * 25))


def kept(scores: dict[float, float | None], *, track: int = 1) -> list[float]:
    keeper = KeyPictures(lambda number, time_s: scores[time_s])
    for time_s in scores:
        keeper([(frame(time_s), sample(time_s, track=track))])
    return [picture.time_s for picture in keeper.pictures()]


def test_the_most_telling_moments_are_kept_the_most_telling_first() -> None:
    assert kept({0: 1.0, 1: 5.0, 2: 3.0, 3: 0.0, 4: 4.0}) == [1, 4, 2]


def test_moments_are_apart_in_time() -> None:
    assert kept({0: 1.0, 0.5: 2.0, 1.0: 1.5, 1.5: 0.5}) == [0.5, 1.5]
    assert kept({0: 3.0, 0.5: 2.0, 1.0: 1.0}) == [0, 1.0]


def test_a_better_moment_takes_the_place_of_all_that_are_close() -> None:
    assert kept({0: 1.0, 0.75: 1.0, 0.5: 9.0}) == [0.5]


def test_moments_that_were_not_judged_come_last() -> None:
    assert kept({0: None, 1: None, 2: -8.0, 3: None}) == [2, 0, 1]


def test_the_kept_are_few_however_long_the_clip() -> None:
    rng = np.random.default_rng(0)
    assert len(kept({float(n): float(score) for n, score in enumerate(rng.normal(size=300))})) == 3


def test_tracks_do_not_compete() -> None:
    keeper = KeyPictures(lambda number, time_s: float(-number))
    keeper([(frame(0), sample(0, track=number)) for number in (2, 1, 3)])
    assert [picture.track for picture in keeper.pictures()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("size", "scene"), [((90, 160), (160, 90)), ((1080, 1920), (960, 540)), ((1600, 900), (540, 960))]
)
def test_the_scene_is_at_most_960_px(size: tuple[int, int], scene: tuple[int, int]) -> None:
    height, width = size
    picture = key_picture(frame(2.5, height=height, width=width), sample(2.5, track=7, value=200))
    with Image.open(io.BytesIO(picture.scene_jpeg)) as shown:
        assert shown.size == scene
    with Image.open(io.BytesIO(picture.face_jpeg)) as face:
        assert face.size == (256, 256)
        assert np.asarray(face).mean() == pytest.approx(200, abs=2)
    scale = scene[0] / width
    assert picture.box_xyxy == pytest.approx((60 * scale, 50 * scale, 140 * scale, 170 * scale))
    assert (picture.track, picture.time_s) == (7, 2.5)
    assert not Image.open(io.BytesIO(picture.scene_jpeg)).getexif()
