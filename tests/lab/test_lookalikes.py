from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facewarden.faces.likeness import RATES
from facewarden.lab import lookalikes
from facewarden.lab.dataset import Item
from facewarden.lab.lookalikes import (
    DECADE,
    PROBABLE,
    Seen,
    chance,
    near_duplicates,
    same_people,
    sure_distance,
)
from facewarden.lab.looks import Look
from facewarden.matching.pdq import Words

RNG = np.random.default_rng(3)


def _seen(
    name: str, *, hashes: Words | None = None, faces: np.ndarray | None = None, fake: bool = False
) -> Seen:
    item = Item(Path(name), "", "fake" if fake else "real", "photo", "m", name, "", "CC0")
    whole = np.empty((0, 4), np.uint64) if hashes is None else hashes
    # A mirrored picture is another one; that it is the opposite here is only so that it can be told.
    return Seen(item, Look(whole, ~whole, np.empty((0, 128), np.float32) if faces is None else faces, {}))


def _hash() -> Words:
    return RNG.integers(0, 2**64, (1, 4), dtype=np.uint64)


def _flipped(words: Words, bits: int) -> Words:
    other = words.copy()
    for bit in range(bits):
        other[0, bit // 64] ^= np.uint64(1 << (bit % 64))
    return other


def _face(count: int = 1) -> np.ndarray:
    """Two of them are about 0.8 apart, as strangers are."""
    return RNG.normal(0, 0.05, (count, 128)).astype(np.float32)


def _moved(face: np.ndarray, distance: float) -> np.ndarray:
    step = np.zeros_like(face)
    step[:, 0] = distance
    return face + step


def test_near_duplicates_are_found_across_sides_only() -> None:
    first = _hash()
    seen = [
        _seen("a", hashes=first),
        _seen("copy", hashes=_flipped(first, 31)),
        _seen("beside", hashes=_flipped(first, 1)),
        _seen("other", hashes=_flipped(first, 200)),
        _seen("nothing to see"),
    ]
    found = near_duplicates(seen, ["train", "dev", "train", "dev", "dev"])
    assert [(p.one.identity, p.other.identity, p.distance) for p in found.near] == [
        ("copy", "beside", 30),
        ("a", "copy", 31),
    ]
    # Two on each side can be compared.
    assert found.pairs == 4
    assert not near_duplicates(seen, ["train"] * 5).near


def test_a_mirrored_copy_is_one() -> None:
    first = _hash()
    found = near_duplicates([_seen("a", hashes=first), _seen("b", hashes=~first)], ["train", "dev"])
    assert [pair.distance for pair in found.near] == [0]


def test_the_nearest_moment_of_a_clip_counts() -> None:
    first, second = _hash(), _hash()
    clip = np.concatenate([_hash(), _flipped(second, 9), _flipped(first, 20)])
    seen = [_seen("clip", hashes=clip), _seen("photos", hashes=np.concatenate([first, second]))]
    assert [pair.distance for pair in near_duplicates(seen, ["train", "dev"]).near] == [9]


def test_faces_of_one_person_are_found_under_two_names() -> None:
    ann, bob = _face(), _face()
    seen = [
        _seen("ann", faces=ann),
        _seen("bob", faces=bob),
        _seen("anna", faces=np.concatenate([_moved(ann, 0.3), _moved(ann, 0.2)])),
        _seen("ann again", faces=_moved(ann, 0.1)),
        _seen("faceless"),
    ]
    names = ["ann", "bob", "anna", "ann", "faceless"]
    found = same_people(seen, ["train", "train", "dev", "dev", "dev"], names)
    assert [(p.one.identity, p.other.identity) for p in found.near] == [("ann", "anna")]
    assert found.near[0].distance == pytest.approx(0.2, abs=1e-5)
    # Of 2 faces by 3, one pair bears one name; beside each other: ann and bob, twice anna and ann again.
    assert found.pairs == 5
    assert found.beside == (3, 2)


def test_genuine_and_forged_faces_are_told_of_apart() -> None:
    ann = _face()
    seen = [
        _seen("ann", faces=ann),
        _seen("anna", faces=_moved(ann, 0.25)),
        _seen("swap", faces=_moved(ann, 0.05), fake=True),
    ]
    found = same_people(seen, ["train", "dev", "dev"], ["ann", "anna", "anna"])
    assert [(p.other.identity, p.any_forged) for p in found.near] == [("swap", True), ("anna", False)]


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = np.concatenate(
        [_face(20), _face(1).repeat(20, 0) + RNG.normal(0, 0.012, (20, 128)).astype(np.float32)]
    )
    seen = [_seen(f"p{n}", faces=face[None]) for n, face in enumerate(faces)]
    sides, names = [f"s{n % 3}" for n in range(40)], [f"p{n // 2}" for n in range(40)]
    whole = same_people(seen, sides, names)
    monkeypatch.setattr(lookalikes, "_DISTANCES_AT_ONCE", 7)
    small = same_people(seen, sides, names)
    assert (small.pairs, small.beside) == (whole.pairs, whole.beside)
    assert [(p.one, p.other) for p in small.near] == [(p.one, p.other) for p in whole.near]
    assert [p.distance for p in small.near] == pytest.approx([p.distance for p in whole.near], abs=1e-4)
    distances = np.linalg.norm(faces[:, None] - faces[None], axis=2)
    pairs = [(a, b) for a in range(40) for b in range(a + 1, 40) if names[a] != names[b]]
    across = [(a, b) for a, b in pairs if sides[a] != sides[b]]
    assert whole.pairs == len(across)
    expected = {(names[a], names[b]) for a, b in across if distances[a, b] <= PROBABLE}
    assert len(whole.near) == len(expected) > 10


def test_nothing_to_compare_is_no_finding() -> None:
    assert near_duplicates([], []).pairs == 0
    assert same_people([_seen("a")], ["train"], ["a"]).pairs == 0


@pytest.mark.parametrize("pairs", [1, 9_000, 10**5, 10**7, 10**12])
def test_fewer_than_one_pair_is_expected_by_chance(pairs: int) -> None:
    distance = sure_distance(pairs)
    assert 0 <= distance <= PROBABLE
    assert distance == 0 or chance(distance) * pairs < 1


def test_rates_go_on_from_the_nearest_that_was_measured() -> None:
    assert chance(PROBABLE) == RATES[0].false_positive_rate
    assert chance(PROBABLE - 2 * DECADE) == pytest.approx(RATES[0].false_positive_rate / 100)
    # No steeper than what was measured: from 1 in 100 to 1 in 1,000, and on to the nearest one.
    measured = {rate.false_positive_rate: rate.distance for rate in RATES}
    assert measured[1e-2] - measured[1e-3] <= DECADE
