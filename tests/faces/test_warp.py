"""Laws of the one way in which pixels of a face are resampled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facewarden.faces import warp
from facewarden.media.frame import ImageRGB
from people import canvas

scales = st.floats(0.05, 20)
angles = st.floats(-np.pi, np.pi)
shifts = st.tuples(st.floats(-500, 500), st.floats(-500, 500))


def affine(scale: float, angle: float, shift: tuple[float, float]) -> warp.Affine:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


similarities = st.builds(affine, scales, angles, shifts)
# Far enough apart that a similarity can be told from them.
clouds = hnp.arrays(np.float64, (8, 2), elements=st.floats(-300, 300, width=32)).filter(
    lambda points: float(points.std(0).sum()) > 5
)


def smooth(height: int = 240, width: int = 320) -> ImageRGB:
    """Waves of 40 px and more, so that a resampling can be compared with the formula."""
    y, x = np.mgrid[:height, :width]
    return picture_at(x, y)


def picture_at(x: np.ndarray, y: np.ndarray) -> ImageRGB:
    waves = [128 + 60 * np.sin(x / 9 + k) * np.cos(y / 11 - k) + 20 * np.sin((x + y) / 17) for k in range(3)]
    return np.clip(np.stack(waves, -1), 0, 255).astype(np.uint8)


@given(similarities, clouds)
def test_a_similarity_is_found_again(truth: warp.Affine, points: np.ndarray) -> None:
    moved = points @ truth[:, :2].T + truth[:, 2]
    found = warp.similarity(points, moved)
    assert np.allclose(points @ found[:, :2].T + found[:, 2], moved, atol=1e-6 * (1 + np.abs(moved).max()))


@given(clouds, clouds)
def test_a_similarity_never_mirrors_and_has_one_scale(source: np.ndarray, target: np.ndarray) -> None:
    linear = warp.similarity(source, target)[:, :2]
    assert np.linalg.det(linear) >= 0
    assert np.allclose(linear[0, 0], linear[1, 1])
    assert np.allclose(linear[0, 1], -linear[1, 0])


@given(clouds, clouds, scales, angles)
def test_a_similarity_is_the_best_one(
    source: np.ndarray, target: np.ndarray, scale: float, angle: float
) -> None:
    def error(candidate: warp.Affine) -> float:
        return float(np.square(source @ candidate[:, :2].T + candidate[:, 2] - target).sum())

    found = warp.similarity(source, target)
    other = affine(scale, angle, (0, 0))
    other[:, 2] = target.mean(0) - other[:, :2] @ source.mean(0)
    assert error(found) <= error(other) * (1 + 1e-9) + 1e-6


@given(similarities, clouds)
def test_invert_and_apply_undo_each_other(there: warp.Affine, points: np.ndarray) -> None:
    back = warp.invert(there)
    assert np.allclose(warp.invert(back), there, rtol=1e-6, atol=1e-6)
    moved = points @ there[:, :2].T + there[:, 2]
    # float32 holds seven digits of the moved points, which the way back may enlarge.
    room = 1e-5 * (1 + np.abs(moved).max()) * np.abs(back[:, :2]).max() + 1e-3
    assert np.allclose(warp.apply(back, warp.apply(there, points)), points, atol=room)


@given(st.integers(-30, 90), st.integers(-30, 90), st.integers(1, 96))
def test_a_cut_without_scale_is_a_slice(x: int, y: int, size: int) -> None:
    picture = canvas(80, 100)
    cut = warp.cut(picture, affine(1, 0, (-x, -y)), size)
    padded = np.full((80 + 300, 100 + 300, 3), 127, np.uint8)
    padded[150:230, 150:250] = picture
    assert cut.shape == (size, size, 3)
    assert (cut == padded[150 + y : 150 + y + size, 150 + x : 150 + x + size]).all()


@given(st.floats(0.3, 3), angles, st.floats(120, 200), st.floats(100, 140))
def test_a_cut_shows_what_lies_there(scale: float, angle: float, x: float, y: float) -> None:
    size = 48
    to_crop = affine(scale, angle, (0, 0))
    to_crop[:, 2] = (size - 1) / 2 - to_crop[:, :2] @ (x, y)
    cut = warp.cut(smooth(), to_crop, size).astype(float)

    rows, columns = np.mgrid[:size, :size]
    places = warp.apply(warp.invert(to_crop), np.stack([columns.ravel(), rows.ravel()], 1).astype(float))
    inside = ((places > 3) & (places < (316, 236))).all(1).reshape(size, size)
    expected = picture_at(places[:, 0], places[:, 1]).reshape(size, size, 3).astype(float)
    assert np.abs(cut - expected)[inside].max() < 12
    assert np.abs(cut - expected)[inside].mean() < 2.5


@given(st.floats(0.5, 1.6), angles, st.integers(-20, 20), st.integers(-20, 20))
def test_a_cut_follows_a_shifted_picture(scale: float, angle: float, dx: int, dy: int) -> None:
    picture = smooth()
    shifted = np.roll(picture, (dy, dx), (0, 1))
    to_crop = affine(scale, angle, (0, 0))
    to_crop[:, 2] = 16 - to_crop[:, :2] @ (160, 120)
    after = to_crop.copy()
    after[:, 2] -= to_crop[:, :2] @ (dx, dy)
    difference = warp.cut(picture, to_crop, 32).astype(int) - warp.cut(shifted, after, 32)
    assert np.abs(difference).max() <= 3


def test_shrinking_does_not_alias() -> None:
    fine = np.zeros((256, 256, 3), np.uint8)
    fine[::2] = 255
    cut = warp.cut(fine, affine(1 / 8, 0, (0, 0)), 32)
    assert np.abs(cut[2:-2, 2:-2].astype(int) - 127).max() <= 2


def test_far_outside_there_is_grey() -> None:
    assert (warp.cut(canvas(40, 40), affine(1, 0, (5000, -5000)), 16) == 127).all()


def test_the_picture_is_not_changed() -> None:
    picture = canvas(64, 64)
    before = picture.copy()
    cut = warp.cut(picture, affine(1, 0, (0, 0)), 64)
    assert (picture == before).all()
    assert not np.shares_memory(cut, picture)


@pytest.mark.parametrize("columns", [2, 3])
def test_apply_gives_float32_points(columns: int) -> None:
    points = np.ones((5, columns), np.float32)[:, :2]
    moved = warp.apply(affine(2, 0, (1, -1)), points)
    assert moved.dtype == np.float32
    assert np.allclose(moved, [[3, 1]] * 5)
