"""The warp that puts one face's landmarks on another's, the transfer of colour, the hull."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")

from hypothesis import given
from hypothesis import strategies as st

from facewarden.lab.attacks import mesh_warp
from facewarden.lab.attacks.mesh_warp import AlignedFace, hull, transfer_colour, warp_to_mesh

pytestmark = pytest.mark.lab

SIZE = 128


def grid(*, noise: float, seed: int) -> np.ndarray:
    """(468, 2) made-up landmarks: an even grid in the middle, moved a little."""
    rows, columns = np.mgrid[20:108:18j, 20:108:26j]
    even = np.stack([columns.ravel(), rows.ravel()], 1)
    return (even + np.random.default_rng(seed).uniform(-noise, noise, even.shape)).astype(np.float32)


def coordinates() -> np.ndarray:
    """A picture whose colours are its own coordinates: red is x, green is y."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.stack([columns, rows, np.zeros_like(rows)], -1).astype(np.uint8)


def test_the_sources_landmarks_come_to_lie_on_the_targets() -> None:
    source = grid(noise=0, seed=0)
    angle = 0.15
    turn = 0.9 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ((source - 64) @ turn.T + (66, 61)).astype(np.float32)

    warped = warp_to_mesh(AlignedFace(coordinates(), source), target, size=SIZE)

    places = target.round().astype(int)
    exact = (places - (66, 61)) @ np.linalg.inv(turn).T + 64  # where those pixels come from
    found = warped[places[:, 1], places[:, 0], :2].astype(float)
    inner = np.abs(source - 64).max(1) < 38  # at the rim the mesh ends
    assert np.abs(found - exact)[inner].max() < 1.6
    assert np.abs(found - exact)[inner].mean() < 0.6


@given(seed=st.integers(0, 50))
def test_a_face_warped_to_itself_stays(seed: int) -> None:
    points = grid(noise=1, seed=seed)
    image = coordinates()
    assert (warp_to_mesh(AlignedFace(image, points), points, size=SIZE) == image).all()


@given(seed=st.integers(0, 30), reach=st.sampled_from([1.0, 0.4, 1.7]))
def test_between_landmarks_it_is_linear_as_scipy_has_it(seed: int, reach: float) -> None:
    """Also where part of the mesh lies beyond the picture."""
    from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

    points = ((grid(noise=1.5, seed=seed) - 64) * reach + 64).astype(np.float64)
    values = np.random.default_rng(seed).normal(0, 5, points.shape)
    axis = (np.arange(32) + 0.5) * 4 - 0.5
    places = np.stack([part.ravel() for part in np.meshgrid(axis, axis)], 1)
    expected = LinearNDInterpolator(points, values)(places)
    outside = np.isnan(expected[:, 0])
    expected[outside] = NearestNDInterpolator(points, values)(places[outside])

    found = mesh_warp._interpolated(points, values, step=4.0, cells=32)

    assert np.abs(found.reshape(-1, 2) - expected).max() < 1e-6


def test_another_size_than_the_sources() -> None:
    source = grid(noise=0, seed=0)
    warped = warp_to_mesh(AlignedFace(coordinates(), source), source * 2, size=2 * SIZE)
    assert warped.shape == (2 * SIZE, 2 * SIZE, 3)
    assert np.abs(warped[128, 128, :2].astype(int) - 64).max() <= 1


@pytest.mark.parametrize("how", ["mean", "lab"])
def test_colours_move_to_those_of_the_other_picture(how: str) -> None:
    rng = np.random.default_rng(0)
    image = rng.normal((90, 60, 60), 12, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    like = rng.normal((150, 170, 180), 12, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 16:48] = 1
    inside = mask > 0.5

    out = transfer_colour(image, like, mask, how=how)

    assert out.dtype == np.uint8
    before = np.abs(image[inside].mean(0) - like[inside].mean(0)).max()
    after = np.abs(out[inside].mean(0) - like[inside].mean(0)).max()
    assert after < 3 < 0.1 * before


def test_colours_stay_when_asked_and_where_there_is_too_little_to_tell() -> None:
    image, like = np.full((32, 32, 3), 40, np.uint8), np.full((32, 32, 3), 200, np.uint8)
    mask = np.zeros((32, 32), np.float32)
    assert (transfer_colour(image, like, mask + 1, how="none") == image).all()
    mask[:7, :7] = 1
    assert (transfer_colour(image, like, mask, how="lab") == image).all()


def test_a_hull_holds_its_points_and_grows() -> None:
    points = grid(noise=2, seed=1)
    plain, large, small = (hull(points, SIZE, grow=grow) for grow in (1.0, 1.2, 0.8))
    assert set(np.unique(plain)) == {0.0, 1.0}
    places = points.astype(int)
    assert plain[places[:, 1], places[:, 0]].mean() > 0.98
    assert small.sum() < plain.sum() < large.sum()
    assert (large >= plain).all()
