"""Forgeries made on the fly: where the mask says so, and nowhere else; the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from facewarden.lab.attacks import forge
from facewarden.lab.attacks.forge import Forged
from facewarden.lab.attacks.mesh_warp import AlignedFace
from tests.lab.training.faces import aligned

pytestmark = pytest.mark.lab

Make = Callable[[AlignedFace, np.random.Generator], Forged]


def swap(face: AlignedFace, rng: np.random.Generator) -> Forged:
    return forge.mesh_swap(face, aligned("hopper")[0], rng)


MAKERS = [forge.self_blend, forge.resample_core, swap]
SEEDS = range(8)


@pytest.fixture(scope="module")
def face() -> AlignedFace:
    return aligned("collins")[0]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_forgery_has_a_mask_and_follows_from_its_seed(make: Make, seed: int, face: AlignedFace) -> None:
    before = face.image_rgb.copy()
    made = make(face, np.random.default_rng(seed))

    assert made.image_rgb.shape == face.image_rgb.shape
    assert made.image_rgb.dtype == np.uint8
    assert made.mask.shape == face.image_rgb.shape[:2]
    assert made.mask.dtype == np.float32
    assert 0 <= made.mask.min() <= made.mask.max() <= 1
    assert made.mask.max() >= 0.24  # the faintest blend
    assert 0.05 < (made.mask > made.mask.max() / 2).mean() < 0.75
    assert (face.image_rgb == before).all(), "the genuine face must stay as it was"
    again = make(face, np.random.default_rng(seed))
    assert (again.image_rgb == made.image_rgb).all()
    assert (again.mask == made.mask).all()
    other = make(face, np.random.default_rng(seed + 100))
    assert (other.image_rgb != made.image_rgb).any()


@pytest.mark.parametrize("make", [forge.resample_core, swap])
@pytest.mark.parametrize("seed", SEEDS)
def test_pixels_change_under_the_mask_alone(make: Make, seed: int, face: AlignedFace) -> None:
    made = make(face, np.random.default_rng(seed))
    assert (made.image_rgb[made.mask == 0] == face.image_rgb[made.mask == 0]).all()
    inside = made.mask > made.mask.max() / 2
    assert np.abs(made.image_rgb[inside].astype(int) - face.image_rgb[inside]).mean() > 1


def test_self_blending_changes_either_the_face_or_all_around_it(face: AlignedFace) -> None:
    """As published, the changed copy is the face or, half the time, the picture that the face is put on."""
    kinds = []
    for seed in range(24):
        made = forge.self_blend(face, np.random.default_rng(seed))
        outside = made.mask == 0
        assert outside.any()
        same = (made.image_rgb[outside] == face.image_rgb[outside]).all(-1).mean()
        assert same == 1 or same < 0.5
        kinds.append(same == 1)
        inside = made.mask > made.mask.max() / 2
        assert (made.image_rgb[inside] != face.image_rgb[inside]).any()
    assert 6 <= sum(kinds) <= 18


def test_a_swap_brings_the_other_persons_face(face: AlignedFace) -> None:
    """More of what is under the mask comes from the source than from the face it was put on."""
    plain = [forge.mesh_swap(face, face, np.random.default_rng(seed)) for seed in SEEDS]
    swapped = [swap(face, np.random.default_rng(seed)) for seed in SEEDS]
    for own, other in zip(plain, swapped, strict=True):
        inside = other.mask > 0.6
        assert inside.any()
        by_itself = np.abs(own.image_rgb[inside].astype(int) - face.image_rgb[inside]).mean()
        by_other = np.abs(other.image_rgb[inside].astype(int) - face.image_rgb[inside]).mean()
        assert by_other > by_itself + 2


def test_a_small_core_loses_detail(face: AlignedFace) -> None:
    def detail(image: np.ndarray, mask: np.ndarray) -> float:
        return float(np.abs(np.diff(image.mean(-1), axis=1))[mask[:, 1:] > 0.7].mean())

    lost = []
    for seed in SEEDS:
        made = forge.resample_core(face, np.random.default_rng(seed))
        lost.append(detail(made.image_rgb, made.mask) / detail(face.image_rgb, made.mask))
    assert np.median(lost) < 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_lie_on_the_face(seed: int, face: AlignedFace) -> None:
    rng = np.random.default_rng(seed)
    low, high = face.landmarks.min(0), face.landmarks.max(0)
    for mask in (forge.face_mask(face), forge.deformed_mask(face, rng), forge.ellipse_mask(face, rng)):
        rows, columns = np.nonzero(mask > 0.5)
        assert low[0] - 26 < columns.min() < columns.max() < high[0] + 26
        assert low[1] - 26 < rows.min() < rows.max() < high[1] + 26
        nose = face.landmarks[4].astype(int)
        assert mask[nose[1], nose[0]] > 0.9


def test_softening_widens_the_edge_and_keeps_the_range(face: AlignedFace) -> None:
    hard = forge.ellipse_mask(face, np.random.default_rng(3))
    assert set(np.unique(hard)) == {0.0, 1.0}
    soft = forge.soften(hard, np.random.default_rng(3))
    assert 0 <= soft.min() <= soft.max() <= 1
    assert ((soft > 0.05) & (soft < 0.95)).sum() > 500
