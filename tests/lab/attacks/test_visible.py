"""The budget of visible quality holds, whatever is added."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")
pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.visible import Budget, added, patch_of, structural_similarity
from facewarden.lab.marks.watermark import psnr_db
from tests.lab.attacks.scenes import portrait

pytestmark = pytest.mark.lab


def noise(seed: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 99),
    psnr=st.floats(30, 60),
    ssim=st.sampled_from([0.0, 0.9, 0.99]),
    loudness=st.floats(0, 300),
)
def test_it_holds_for_any_change(seed: int, psnr: float, ssim: float, loudness: float) -> None:
    before, budget = noise(seed), Budget(psnr, ssim)
    change = np.random.default_rng(seed + 1).normal(0, loudness, before.shape).astype(np.float32)
    after = budget.applied(before, change)
    assert psnr_db(before, after) >= psnr
    assert structural_similarity(before, after) >= ssim
    assert after.dtype == np.uint8


def test_a_change_as_long_as_the_radius_is_spent_in_full() -> None:
    before = np.full((64, 64, 3), 128, np.uint8)
    budget = Budget(42.0)
    change = np.random.default_rng(0).normal(size=before.shape).astype(np.float32)
    change *= budget.radius(before) / np.linalg.norm(change)
    assert 42.0 <= psnr_db(before, budget.applied(before, change)) < 42.3


def test_a_patch_is_where_the_detector_looks_and_ends_softly() -> None:
    scene = portrait()
    image, face = scene.frame.image_rgb, scene.faces[0]
    patch = patch_of(image, face)
    assert patch is not None
    crop = patch.crop_of(image)
    inverted = patch.put_into(image, 255 - patch.image_rgb)
    assert np.abs(patch.crop_of(inverted).astype(int) - (255 - crop.astype(int))).max() <= 2
    top, left = patch.place
    height, width = patch.window.shape
    assert (patch.put_into(image, patch.image_rgb) == image).all()
    assert (inverted[:top] == image[:top]).all()
    assert (inverted[top : top + height, left : left + width] == 255 - patch.image_rgb).all()
    assert patch.window.max() == 1
    assert max(patch.window[[0, -1]].max(), patch.window[:, [0, -1]].max()) < 0.1


def test_a_face_outside_the_picture_has_no_patch() -> None:
    scene = portrait()
    away = scene.faces[0].landmarks.copy()
    away[:, :2] += 5000
    assert patch_of(scene.frame.image_rgb, MeshFace(away, 1.0)) is None


def test_whole_levels_stay_within_what_a_picture_holds() -> None:
    patch = noise(3)
    assert (added(patch, np.full(patch.shape, 999, np.float32)) == 255).all()
    assert (added(patch, np.zeros(patch.shape, np.float32)) == patch).all()
