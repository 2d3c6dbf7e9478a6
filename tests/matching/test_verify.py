"""Which parts agree, and whether what surrounds a face does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facewarden.matching.borders import Box
from facewarden.matching.crops import Crop
from facewarden.matching.pdq import MATCH
from facewarden.matching.prints import print_of
from facewarden.matching.verify import CLEAR, CropAgreement, agreement, crop_agreement
from tests.matching.edits import captioned, cropped, jpeg, scenery

KEPT = print_of(scenery(4))
FACE = replace(KEPT, faces=(Box(0.3, 0.3, 0.7, 0.7),))


def test_a_copy_agrees_in_all_parts() -> None:
    found = agreement(jpeg(scenery(4), 70), FACE)
    assert found.halves == found.halves_compared >= 8
    assert found.outside == found.outside_compared >= 2
    assert found.same_picture
    assert found.outside_agrees


def test_another_picture_agrees_in_none() -> None:
    found = agreement(scenery(5), FACE)
    assert (found.halves, found.outside) == (0, 0)
    assert not found.same_picture
    assert found.outside_agrees is False


def test_a_caption_touches_some_parts() -> None:
    found = agreement(captioned(scenery(4)), KEPT)
    assert 3 <= found.halves < found.halves_compared


def test_windows_on_the_face_are_not_looked_at() -> None:
    shown = scenery(4).copy()
    shown[108:252, 144:336] = scenery(9)[108:252, 144:336]
    with_face, without = agreement(shown, FACE), agreement(shown, KEPT)
    assert with_face.outside_compared < without.outside_compared
    assert with_face.outside_agrees
    assert without.outside < without.outside_compared


def test_a_face_that_fills_the_picture_leaves_nothing_to_see() -> None:
    filled = replace(KEPT, faces=(Box(0.05, 0.05, 0.95, 0.95),))
    assert agreement(scenery(4), filled).outside_agrees is None


def test_plain_parts_are_not_compared() -> None:
    half = scenery(4).copy()
    half[:, 240:] = 128
    found = agreement(half, print_of(half))
    assert found.halves_compared < 9
    assert found.halves == found.halves_compared
    assert agreement(np.full_like(half, 90), print_of(half)).halves_compared == 0


def test_a_crop_that_is_laid_rightly_agrees_in_what_it_shows() -> None:
    crop = Crop(Box(0.1, 0.0, 0.9, 1.0))
    found = crop_agreement(crop.lay(jpeg(cropped(scenery(4), 0.1, 0, 0.1, 0), 70)), crop.shown, KEPT)
    assert found.middle is not None
    assert found.middle <= MATCH
    assert 2 <= found.quarters == found.quarters_compared <= 8
    assert found.same_picture


def test_another_picture_is_no_crop() -> None:
    crop = Crop(Box(0.1, 0.1, 0.9, 0.9))
    found = crop_agreement(crop.lay(scenery(5)), crop.shown, KEPT)
    assert found.middle is not None
    assert found.middle > 70
    assert found.quarters == 0
    assert found.quarters_compared <= 4
    assert not found.same_picture


def test_a_plain_middle_says_nothing() -> None:
    crop = Crop(Box(0.0, 0.0, 1.0, 1.0))
    plain = np.full_like(scenery(4), 90)
    for shown, kept in ((plain, KEPT), (scenery(4), print_of(plain))):
        found = crop_agreement(crop.lay(shown), crop.shown, kept)
        assert found.middle is None
        assert not found.same_picture


def test_a_middle_that_is_less_clear_needs_small_windows() -> None:
    assert CropAgreement(CLEAR, 0, 4).same_picture
    assert not CropAgreement(CLEAR + 1, 1, 4).same_picture
    assert CropAgreement(MATCH, 2, 4).same_picture
    assert not CropAgreement(MATCH + 1, 4, 4).same_picture
