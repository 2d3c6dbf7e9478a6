"""Portraits: who is seen, and where the chip lies that tells it, however a face was moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facewarden.faces import warp
from facewarden.faces.identity import CHIP_PX, chip_transform
from facewarden.lab.generators.identity_net import placed
from facewarden.lab.generators.material import as_tensor
from facewarden.lab.generators.portraits import Portraits
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores
from tests.lab.generators.seeing import Seeing
from tests.lab.training.faces import some

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> FaceShelf:
    folder = some(tmp_path_factory.mktemp("stores"), "ffhq", "lip_actors")
    return FaceShelf(list(read_stores(folder, "train")))


@pytest.fixture(scope="module")
def portraits(shelf: FaceShelf) -> Portraits:
    return Portraits.of_shelf(shelf, range(len(shelf)), 128, Seeing(), np.random.default_rng(0))


def test_every_face_has_its_person_and_its_embedding(shelf: FaceShelf, portraits: Portraits) -> None:
    assert len(portraits) == len(shelf) == len(portraits.squares) == 4
    assert portraits.embeddings.shape == (4, 128)
    assert set(portraits.people) == {"collins", "hopper"}
    same = portraits.people.index("collins"), len(shelf) - 1 - portraits.people[::-1].index("collins")
    other = portraits.people.index("hopper")
    assert (portraits.embeddings[same[0]] == portraits.embeddings[same[1]]).all()
    assert (portraits.embeddings[same[0]] != portraits.embeddings[other]).any()


def test_the_chip_stays_on_the_face_however_it_was_drawn(shelf: FaceShelf, portraits: Portraits) -> None:
    mirrored = 0
    for seed in range(6):
        drawn = portraits.squares.draw(np.random.default_rng(seed))
        mirrored += drawn.mirrored
        cut = placed(as_tensor(drawn.image[None, ..., :3]), portraits.to_chip(drawn)[None])
        found = cut[0].numpy().transpose(1, 2, 0) * 255
        image, landmarks = shelf.face(drawn.number)
        wanted = warp.cut(image, chip_transform(landmarks), CHIP_PX)
        if drawn.mirrored:
            wanted = wanted[:, ::-1]
        inside = (slice(30, 120),) * 2

        def apart(shift: int, found=found, wanted=wanted, inside=inside) -> float:
            moved = np.roll(wanted.astype(float), shift, axis=(0, 1))
            return float(np.abs(found[inside] - moved[inside]).mean())

        assert apart(0) < min(apart(-3), apart(3))
    assert 0 < mirrored < 6


def test_strangers_are_everybody_else(portraits: Portraits) -> None:
    others = portraits.strangers("collins")
    assert [portraits.people[n] for n in others] == ["hopper", "hopper"]
    assert replace(portraits, people=("collins",) * 4).strangers("collins") == []


def test_guides_show_the_givers_face_where_the_own_one_lies(portraits: Portraits) -> None:
    assert portraits.guides_rgb.shape == portraits.squares.images_rgb.shape
    for n, giver in enumerate(portraits.givers):
        assert portraits.people[giver] != portraits.people[n]
        inside = portraits.squares.masks[n] > 0
        own, guide = portraits.squares.images_rgb[n][inside], portraits.guides_rgb[n][inside]
        assert np.abs(own.astype(int) - guide).mean() > 5
        assert np.abs(own.mean(0) - guide.mean(0)).max() < 12


def test_a_guide_moves_with_its_face(portraits: Portraits) -> None:
    for seed in range(4):
        drawn = portraits.squares.draw(np.random.default_rng(seed))
        along = portraits.squares.along(drawn, portraits.squares.images_rgb[drawn.number])
        assert (along == drawn.image[..., :3]).all()
