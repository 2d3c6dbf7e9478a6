"""Attacks that leave the person who they are: a trace, where the mask says so, and the same person."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")

from facewarden.faces import align
from facewarden.faces.identity import IdentityEncoder, distance
from facewarden.lab.attacks.protocol import ForgedFrame
from facewarden.lab.attacks.registry import make
from facewarden.media.frame import Frame
from tests.lab.attacks.scenes import moving, portrait

pytestmark = pytest.mark.lab

OWN = ("self_blend", "resample_core", "enhancer", "lip_region")


def forged(name: str, seed: int = 0, **settings: str) -> ForgedFrame:
    (made,) = make(name, settings).forge([portrait()], seed=seed)
    return made


def sharpness(made: ForgedFrame) -> float:
    return align.sample(Frame(made.image_rgb, 0.0, 0), portrait().faces[0], track=1).sharpness


@pytest.mark.parametrize("name", OWN)
def test_nothing_changes_beyond_the_mask_and_something_within(name: str) -> None:
    made, before = forged(name), portrait().frame.image_rgb
    assert (made.image_rgb[made.mask == 0] == before[made.mask == 0]).all()
    assert 0.005 < (made.mask > 0.5).mean() < 0.5
    assert np.abs(made.image_rgb[made.mask > 0.5].astype(int) - before[made.mask > 0.5]).mean() > 1


@pytest.mark.parametrize("name", OWN)
def test_the_same_seed_forges_the_same_and_a_clip_keeps_one_draw(name: str) -> None:
    assert (forged(name, 3).image_rgb == forged(name, 3).image_rgb).all()
    frames = list(make(name).forge(moving(2), seed=3))
    # The mask follows the face by three pixels and is otherwise the same.
    shifted = np.roll(frames[0].mask, 3, axis=1)
    assert np.abs(shifted - frames[1].mask).mean() < 0.004


@pytest.mark.parametrize("name", ["self_blend", "resample_core", "enhancer"])
def test_the_person_stays_the_same(name: str) -> None:
    encoder, landmarks = IdentityEncoder(), portrait().faces[0].landmarks
    before = encoder.embed(portrait().frame.image_rgb, landmarks)
    assert distance(before, encoder.embed(forged(name).image_rgb, landmarks)) < 0.4


def test_few_pixels_are_soft_and_an_enhanced_face_is_crisp() -> None:
    plain = align.sample(portrait().frame, portrait().faces[0], track=1).sharpness
    assert sharpness(forged("resample_core", core_px="48")) < 0.6 * plain
    assert sharpness(forged("resample_core", core_px="48")) < sharpness(
        forged("resample_core", core_px="160")
    )
    assert sharpness(forged("enhancer", strength="3")) > sharpness(forged("enhancer", strength="0.5"))


def test_the_mouth_alone() -> None:
    made, face = forged("lip_region"), portrait().faces[0]
    rows = np.nonzero(made.mask.max(1) > 0.5)[0]
    nose, chin = face.landmarks[4, 1], face.landmarks[152, 1]
    assert nose - 4 < rows.min() < rows.max() < chin + 4
