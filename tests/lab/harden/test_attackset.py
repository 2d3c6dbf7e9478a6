"""Forgeries for a round: seeded, in memory, each with its genuine twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import UsageError
from facewarden.lab.harden import attackset
from facewarden.lab.harden.attackset import Case, batches, forged, stored
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores


@pytest.fixture(scope="module")
def shelf(stores: Path) -> FaceShelf:
    return FaceShelf(list(read_stores(stores, "dev")))


def drawn(shelf: FaceShelf, kind: str, *, count: int = 3, seed: int = 1) -> list[Case]:
    return list(forged(shelf, kind, count=count, seed=seed))


def test_every_stored_face_is_a_case(shelf: FaceShelf) -> None:
    cases = list(stored(shelf))
    assert [case.record for case in cases] == shelf.records
    assert {case.crop_rgb.shape for case in cases} == {(256, 256, 3)}


@pytest.mark.parametrize("kind", ["attack:enhancer", "attack:lip_region", "attack:one_photo,core_px=64"])
def test_an_attack_gives_twins(shelf: FaceShelf, kind: str) -> None:
    cases = drawn(shelf, kind)
    assert [case.record.label for case in cases] == [0, 1] * 3
    for plain, made in zip(cases[::2], cases[1::2], strict=True):
        assert plain.record.pair == made.record.pair != ""
        assert plain.record.identity == made.record.identity
        assert made.record.method == kind
        assert plain.record.path != made.record.path
        assert np.abs(plain.crop_rgb.astype(int) - made.crop_rgb).max() > 10
    assert len({case.record.identity for case in cases[:4]}) == 2, "everybody once before anyone twice"


def test_the_same_seed_forges_the_same(shelf: FaceShelf) -> None:
    one, again, other = (drawn(shelf, "attack:enhancer", seed=seed) for seed in (1, 1, 2))
    assert all(
        (a.crop_rgb == b.crop_rgb).all() and a.record == b.record for a, b in zip(one, again, strict=True)
    )
    assert any((a.crop_rgb != b.crop_rgb).any() for a, b in zip(one, other, strict=True))


def test_a_source_gives_its_stored_forgeries(shelf: FaceShelf) -> None:
    cases = drawn(shelf, "live", count=3)
    assert {(case.record.method, case.record.label) for case in cases} == {("live_autoencoder", 1)}
    assert len(cases) == 3
    assert len(drawn(shelf, "live", count=99)) == 4


def test_what_cannot_be_measured_is_said() -> None:
    for kind, faces in (
        ("dfdc", FaceShelf([])),
        ("attack:enhancer", FaceShelf([])),
    ):
        with pytest.raises(UsageError, match="cannot be measured"):
            drawn(faces, kind)


def test_small_and_turned_faces_are_not_forged(shelf: FaceShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attackset, "_MIN_HEIGHT_PX", 1000.0)
    with pytest.raises(UsageError, match="cannot be measured"):
        drawn(shelf, "attack:enhancer")


def test_batches_hold_everything_once(shelf: FaceShelf) -> None:
    parts = list(batches(stored(shelf), 3))
    assert sum(map(len, parts)) == len(shelf)
    assert max(map(len, parts)) == 3
