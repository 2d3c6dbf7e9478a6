"""The attacker who knows of the second look: his copies are the check's, and they come down with the picture."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

import torch
from PIL import Image

from facewarden.cues.steadiness import few_pixels, worse_copies
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks import aware
from facewarden.lab.attacks.by_gradient import logits_of, tensor
from facewarden.lab.attacks.evade import Evade, alignment
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.attacks.protocol import Scene
from facewarden.lab.attacks.rule import Rule
from facewarden.lab.attacks.visible import Patch, patch_of
from facewarden.lab.marks.watermark import psnr_db
from facewarden.media.frame import Frame, ImageRGB
from tests.lab.attacks.scenes import portrait, source

pytestmark = pytest.mark.lab

RULE = Rule(no_sign=-0.5, unstable=3.0)


@pytest.fixture(scope="module")
def swap() -> ImageRGB:
    image, _ = OnePhotoSwap(source(), core_px=64).apply(portrait().frame.image_rgb, portrait().faces[0])
    return image


def scene(image_rgb: ImageRGB) -> Scene:
    return Scene(Frame(image_rgb, 0.0, 0), tuple(FaceFinder().find(image_rgb, thorough=True)))


def patched(image_rgb: ImageRGB) -> Patch:
    found = patch_of(image_rgb, scene(image_rgb).faces[0])
    assert found is not None
    return found


def in_the_check(image_rgb: ImageRGB) -> tuple[float, float]:
    """The logit of the face of a photo, and the mean over its worse copies."""
    (face,) = scene(image_rgb).faces
    crop = warp.cut(image_rgb, align.crop_transform(face.landmarks), CROP_SIZE)
    with torch.no_grad():
        both = logits_of(torch.cat([tensor(crop), tensor(crop[:, ::-1])])).mean()
        return float(both), float(logits_of(torch.cat([tensor(c) for c in worse_copies(crop)])).mean())


def test_the_picture_and_its_worse_copies_lose_their_traces_within_the_budget(swap: ImageRGB) -> None:
    attack = Evade(aware=True, psnr_db=40, ssim=0.8, steps=8)
    (one,), (two,) = attack.forge([scene(swap)], seed=3), attack.forge([scene(swap)], seed=3)
    assert (one.image_rgb == two.image_rgb).all(), "the same seed gives the same pixels"
    patch = patched(swap)
    (top, left), (height, width) = patch.place, patch.image_rgb.shape[:2]
    after = one.image_rgb[top : top + height, left : left + width]
    assert 40 <= psnr_db(patch.image_rgb, after) < 60
    (logit, worse), (new_logit, new_worse) = in_the_check(swap), in_the_check(one.image_rgb)
    assert new_logit < logit - 0.7
    assert new_worse < worse - 0.7
    assert (one.image_rgb[one.mask == 0] == swap[one.mask == 0]).all()


def test_the_copies_are_those_of_the_check_and_can_be_differentiated(swap: ImageRGB) -> None:
    crop = patched(swap).crop_of(swap)
    here = (tensor(crop) - 0.5).requires_grad_(True)
    copies = aware.copies_of(here)
    for ours, theirs in zip(copies.detach(), worse_copies(crop), strict=True):
        assert np.abs(ours.permute(1, 2, 0).numpy() - theirs).max() < 1e-3
    (gradient,) = torch.autograd.grad(copies.sum(), here)
    # What is resampled keeps its sum: each of the copies passes on about one level for one level.
    assert gradient.mean() == pytest.approx(len(copies), abs=0.01)


def test_few_pixels_as_a_matrix_are_few_pixels() -> None:
    picture = np.random.default_rng(0).normal(120, 40, (CROP_SIZE, CROP_SIZE)).astype(np.float32)
    through = aware._few_pixels().numpy()
    exact = np.asarray(few_pixels(Image.fromarray(picture)))
    assert np.abs(through @ picture @ through.T - exact).max() < 0.01


@pytest.mark.parametrize(
    ("logit", "worse", "expected"),
    [
        (-1.0, 1.5, 0.0),  # by half a logit on both sides
        (-1.0, 1.6, 0.1),
        (-0.8, 1.0, 0.2),
        (-4.0, -1.5, 0.0),
        (-4.0, -1.0, 0.5),  # too sure of itself
        (3.0, 4.0, 4.0 + 2.5),
    ],
)
def test_the_distance_to_the_rule(logit: float, worse: float, expected: float) -> None:
    found = aware.distance(torch.tensor(logit), torch.tensor(worse), RULE)
    assert float(found) == pytest.approx(expected, abs=1e-5)


def test_without_a_number_for_copies_only_the_picture_counts() -> None:
    bare = Rule(no_sign=-0.5, unstable=float("inf"))
    assert float(aware.distance(torch.tensor(-1.0), torch.tensor(50.0), bare)) == 0
    assert float(aware.distance(torch.tensor(0.0), torch.tensor(50.0), bare)) == pytest.approx(1.0)


def test_what_is_good_enough_comes_back_itself(swap: ImageRGB) -> None:
    patch = patched(swap)
    start = np.full(patch.image_rgb.shape, 0.25, np.float32)
    easy = Rule(no_sign=50.0, unstable=50.0)

    def found(rule: Rule) -> np.ndarray:
        return aware.descend(
            patch,
            rule=rule,
            aligned=lambda _: patch.to_crop,
            radius=600,
            steps=4,
            rng=np.random.default_rng(0),
            start=start,
        )

    assert found(easy) is start
    assert found(Rule(no_sign=-50.0, unstable=1.0)) is not start


def test_the_face_is_aligned_as_the_check_does_and_another_one_is_not_taken_for_it(swap: ImageRGB) -> None:
    (face,) = scene(swap).faces
    near = align.crop_transform(face.landmarks)
    off = near + np.array([[0, 0, 6], [0, 0, -4]])
    assert alignment(swap, off) == pytest.approx(near)
    elsewhere = near + np.array([[0, 0, 300], [0, 0, 0]])
    assert (alignment(swap, elsewhere) == elsewhere).all()
    grey = np.full_like(swap, 127)
    assert (alignment(grey, near) == near).all()
