"""Attacks as a source of pairs: what the attack leaves alone stays, and the mask says where it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import UsageError
from facewarden.faces import align
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.training.attacked import attack_of, attacked
from facewarden.lab.training.pairs import PairStream
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores, write_store
from tests.lab.training.faces import genuine, some

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def shelf(stores: Path) -> FaceShelf:
    return FaceShelf(list(read_stores(stores, "train")))


def test_a_word_names_an_attack_with_its_parameters() -> None:
    attack = attack_of("attack:one_photo,core_px=96,mask=hull")
    assert (attack.name, attack.core_px, attack.mask) == ("one_photo", 96, "hull")  # type: ignore[attr-defined]
    assert attack_of("attack:enhancer").name == "enhancer"
    for word, why in (
        ("attack:voice", "must be one of"),
        ("attack:enhancer,big", "name=value"),
        ("attack:replay", "cannot be drawn in training"),
        ("attack:autoencoder", "cannot be drawn in training"),
        ("attack:one_photo,neural_steps=5", "cannot be drawn in training with neural_steps"),
    ):
        with pytest.raises(UsageError, match=why):
            attack_of(word)


@pytest.mark.parametrize("kind", ["attack:lip_region", "attack:one_photo"])
def test_outside_the_mask_nothing_changes(shelf: FaceShelf, kind: str) -> None:
    number = shelf.by_method["ffhq/0"][0]
    donors = [n for n, record in enumerate(shelf.records) if not record.label]
    made = attacked(shelf, number, attack_of(kind), np.random.default_rng(1), donors=donors)
    assert made is not None
    untouched = made.mask == 0
    assert 0.05 < untouched.mean() < 0.95
    assert (made.genuine_rgb[untouched] == made.forged_rgb[untouched]).all()
    genuine, forged, mask = made.cut(align.crop_transform(made.landmarks), CROP_SIZE)
    assert mask.dtype == np.float32
    assert 0 <= mask.min() <= mask.max() <= 1
    difference = np.abs(genuine.astype(int) - forged).max(2)
    assert difference[mask > 0.9].mean() > 1 > 10 * difference[mask == 0].mean()


def test_nobody_is_forged_without_another_persons_face(shelf: FaceShelf) -> None:
    number = shelf.by_method["ffhq/0"][0]
    own = [n for n, r in enumerate(shelf.records) if r.identity == shelf.records[number].identity]
    for donors in ([], own):
        assert (
            attacked(shelf, number, attack_of("attack:one_photo"), np.random.default_rng(1), donors=donors)
            is None
        )


def test_attacks_are_drawn_beside_the_other_sources(shelf: FaceShelf) -> None:
    sources = {"attack:enhancer": 0.5, "dfdc": 0.5}
    stream = PairStream(shelf, seed=1, sources=sources)
    assert set(stream.sources) == set(sources)
    pairs = [stream.pair(number) for number in range(12)]
    assert {pair.source for pair in pairs} == set(sources)
    number, pair = next((n, pair) for n, pair in enumerate(pairs) if pair.source == "attack:enhancer")
    assert pair.images.shape == (2, 256, 256, 3)
    assert pair.twins
    assert pair.mask_known.tolist() == [1, 1]
    assert not pair.masks[0].any()
    assert pair.masks[1].any()
    again = PairStream(shelf, seed=1, sources=sources).pair(number)
    assert (again.images == pair.images).all()


def test_an_attack_that_forges_nothing_is_said(tmp_path: Path) -> None:
    write_store(tmp_path / "train-alone.npz", [genuine("collins", "ffhq")])
    alone = FaceShelf(list(read_stores(tmp_path, "train")))
    with pytest.raises(UsageError, match="attack:one_photo forged nothing in 8 faces"):
        PairStream(alone, seed=1, sources={"attack:one_photo": 1.0}).draw()
    (tmp_path / "train-alone.npz").unlink()
    nobody = FaceShelf(list(read_stores(some(tmp_path, "stylegan2"), "train")))
    with pytest.raises(UsageError, match="nothing to train on"):
        PairStream(nobody, seed=1, sources={"attack:enhancer": 1.0})
