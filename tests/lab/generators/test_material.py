"""Squares: what a generator sees is the aligned face, moved a little, with its mask."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.lab.attacks.paste import aligned
from facewarden.lab.generators.material import Squares, as_images, as_tensor, learned_mask
from tests.lab.attacks.scenes import moving

pytestmark = pytest.mark.lab


def test_the_middle_is_the_aligned_square(people: list[Squares]) -> None:
    scene = moving(3)[0]
    middle = people[0].middle(0)
    square = aligned(scene.frame.image_rgb, scene.faces[0], 32)

    def apart(shift: int) -> float:
        moved = np.roll(middle[..., :3].astype(int), shift, axis=1)
        return float(np.abs(moved - square.image_rgb).mean())

    # Reduced by whole factors from another corner on, so the same up to a part of a pixel.
    assert apart(0) < 0.5 * min(apart(-1), apart(1))
    assert middle[16, 16, 3] == 255
    assert middle[0, 0, 3] == 0


def test_the_same_seed_draws_the_same_and_another_another(people: list[Squares]) -> None:
    one, again, other = (people[0].drawn(4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (one[1] == again[1]).all()
    assert (one[1] != other[1]).any()


def test_what_goes_in_is_what_comes_out_unless_it_is_deformed(people: list[Squares]) -> None:
    given, wanted = people[0].drawn(4, np.random.default_rng(0))
    assert given.shape == (4, 32, 32, 3)
    assert wanted.shape == (4, 32, 32, 4)
    assert (given == wanted[..., :3]).all()
    bent, straight = people[0].drawn(4, np.random.default_rng(0), deform=0.05)
    assert np.abs(bent.astype(int) - straight[..., :3]).mean() > 1


def test_pictures_survive_the_way_to_a_tensor_and_back() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 4)).astype(np.uint8)
    assert (as_images(as_tensor(images)) == images).all()


def test_a_learned_mask_has_no_faint_fringe() -> None:
    mask = learned_mask(np.array([[0, 20, 128, 255]], np.uint8))
    assert mask[0, 0] == mask[0, 1] == 0
    assert 0 < mask[0, 2] < 1
    assert mask[0, 3] == 1


def test_no_faces_are_no_squares() -> None:
    assert len(Squares.of_frames([], 64)) == 0
