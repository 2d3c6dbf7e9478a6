from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.matching.pdq import turned
from facewarden.media.frame import ImageRGB
from facewarden.protect.keypoints import _MOST_KEYPOINTS, Keypoints, agreement_of, keypoints_of
from people import collins, hopper
from tests.matching.edits import bordered, captioned, cropped, jpeg, resized, tilted

pytest.importorskip("cv2", reason="needs the extra [compare]: OpenCV is missing")


@pytest.fixture(scope="module")
def portrait() -> ImageRGB:
    return hopper()


@given(turn=st.integers(0, 7), factor=st.sampled_from((0.4, 0.75, 1.0)))
@settings(max_examples=16, deadline=None)
def test_a_picture_agrees_with_itself_turned_mirrored_and_scaled(turn: int, factor: float) -> None:
    picture = hopper()
    other = resized(np.ascontiguousarray(turned(picture, turn)), factor)
    found = agreement_of(keypoints_of(picture), keypoints_of(other))
    assert found is not None
    assert found.same
    assert found.scale == pytest.approx(factor, rel=0.02)
    quarters = found.turned_deg / 90
    assert quarters == pytest.approx(round(quarters), abs=0.02)
    box = found.shown
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((0, 0, 1, 1), abs=0.02)


def test_mirrored_and_turned_say_how_the_copy_came_about(portrait: ImageRGB) -> None:
    original = keypoints_of(portrait)
    for quarters, clockwise_deg in ((0, 0), (1, -90), (3, 90)):
        for mirrored in (False, True):
            copy = np.rot90(portrait[:, ::-1] if mirrored else portrait, quarters)
            found = agreement_of(original, keypoints_of(np.ascontiguousarray(copy)))
            assert found is not None
            assert found.mirrored is mirrored
            assert found.turned_deg == pytest.approx(clockwise_deg, abs=1)


def test_copies_show_their_part(portrait: ImageRGB) -> None:
    original = keypoints_of(portrait)
    for copy, part in (
        (cropped(portrait, 0.1, 0.2, 0.15, 0.05), (0.1, 0.2, 0.85, 0.95)),
        (bordered(portrait, 0.1), (0, 0, 1, 1)),
        (captioned(portrait), (0, 0, 1, 1)),
        (jpeg(portrait, 20), (0, 0, 1, 1)),
        (tilted(portrait, 10), (0, 0, 1, 1)),
    ):
        found = agreement_of(original, keypoints_of(copy))
        assert found is not None
        assert found.same
        assert (found.shown.x0, found.shown.y0, found.shown.x1, found.shown.y1) == pytest.approx(
            part, abs=0.02
        )


def test_other_pictures_do_not_agree(portrait: ImageRGB) -> None:
    found = agreement_of(keypoints_of(portrait), keypoints_of(collins()))
    assert found is None or not found.same


def test_a_shared_sticker_is_a_part() -> None:
    one, other = hopper().copy(), collins().copy()
    mark = resized(cropped(collins(), 0.3, 0.1, 0.3, 0.5), 0.4)
    mark = mark[: one.shape[0] // 5, : one.shape[1] // 5]
    height, width = mark.shape[:2]
    one[:height, :width] = mark
    other[-height:, -width:] = mark
    found = agreement_of(keypoints_of(one), keypoints_of(other))
    assert found is not None
    assert not found.same


def test_nothing_to_see_gives_no_keypoints() -> None:
    blank = keypoints_of(np.full((300, 200, 3), 127, np.uint8))
    assert len(blank) == 0
    assert not blank.enough
    assert agreement_of(blank, blank) is None
    assert not keypoints_of(np.zeros((1, 1, 3), np.uint8)).enough


@pytest.mark.parametrize("shape", [(1, 1), (1, 30_000), (30_000, 1), (5, 512), (16, 1024), (513, 7)])
def test_extreme_shapes_are_looked_at(shape: tuple[int, int]) -> None:
    points = keypoints_of(np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8))
    assert agreement_of(points, points) is None or points.enough


@given(seed=st.integers(0, 2**32 - 1), spots=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_keypoints_on_few_spots_are_no_picture(seed: int, spots: int) -> None:
    chance = np.random.default_rng(seed)
    descriptors = np.abs(chance.normal(size=(30, 128))).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    xy = chance.uniform(0, 100, (spots, 2)).astype(np.float32)[chance.integers(0, spots, 30)]
    points = Keypoints(xy, descriptors, 100, 100)
    found = agreement_of(points, points)
    assert found is None or not found.same


def test_noise_is_bounded() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (900, 1600, 3), np.uint8)
    assert len(keypoints_of(noise)) == _MOST_KEYPOINTS


def test_without_opencv_the_extra_is_named(portrait: ImageRGB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match=r"facewarden\[compare\]"):
        keypoints_of(portrait)
