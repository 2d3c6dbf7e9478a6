"""The index finds exactly what looking at every hash finds, whatever was added and removed before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.matching import index as module
from facewarden.matching import scan
from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import Words, distances


@pytest.fixture(params=["NumPy", "FAISS"])
def either_scan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small indexes looked through as large ones are, too."""
    if request.param == "FAISS":
        pytest.importorskip("faiss", reason="needs the extra [protect]: FAISS is missing")
        monkeypatch.setattr(scan, "MANY", 1)


def clustered(rng: np.random.Generator, count: int) -> Words:
    """Hashes of which many lie near each other: a few centres with 0 to 120 bits flipped."""
    centres = rng.integers(0, 2, (5, 256), np.uint8)
    bits = centres[rng.integers(0, 5, count)]
    flips = rng.random((count, 256)) < 0.5 * rng.uniform(0, 1, (count, 1)) ** 3
    return np.packbits(bits ^ flips, axis=1).view(">u8").astype(np.uint64).reshape(count, 4)


def plainly(words: Words, owners: np.ndarray, one: Words, radius: int) -> list[tuple[int, int]]:
    bits = distances(words, one).astype(int)
    return sorted((int(d), int(o)) for d, o in zip(bits, owners, strict=True) if d <= radius)


def found(index: HashIndex, one: Words, radius: int) -> list[tuple[int, int]]:
    near = index.within(one, radius)
    assert (distances(near.words, one) == near.distances).all()
    return list(zip(near.distances.tolist(), near.owners.tolist(), strict=True))


@pytest.mark.usefixtures("either_scan")
@pytest.mark.parametrize("radius", [0, 15, 31, 40, 41, 70, 128, 192, 193, 256])
def test_nothing_is_missed_and_nothing_is_too_far(radius: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 64)
    rng = np.random.default_rng(radius)
    words, owners = clustered(rng, 1000), rng.integers(0, 300, 1000)
    index = HashIndex()
    index.add(words, owners)
    queries = np.concatenate([words[:5], clustered(rng, 5)])
    for query, near in zip(queries, index.within_each(queries, radius), strict=True):
        expected = plainly(words, owners, query, radius)
        assert found(index, query, radius) == expected
        assert list(zip(near.distances.tolist(), near.owners.tolist(), strict=True)) == expected
    assert radius < 15 or any(len(near) > 1 for near in index.within_each(queries, radius))


@pytest.mark.usefixtures("either_scan")
@pytest.mark.parametrize(("count", "asked"), [(300, 40), (40, 300), (1, 1), (0, 5), (5, 0)])
def test_all_pairs_are_found_whichever_side_is_longer(count: int, asked: int) -> None:
    rng = np.random.default_rng(3)
    words, queries = np.split(clustered(rng, count + asked), [count])
    owners = rng.integers(0, 20, count)
    index = HashIndex()
    index.add(words, owners)
    near, numbers = index.pairs_within(queries, 70)
    expected = sorted(
        (bits, owner, number)
        for number, query in enumerate(queries)
        for bits, owner in plainly(words, owners, query, 70)
    )
    found_pairs = zip(near.distances.tolist(), near.owners.tolist(), numbers.tolist(), strict=True)
    assert list(found_pairs) == expected
    assert (np.bitwise_count(near.words ^ queries[numbers]).sum(axis=1) == near.distances).all()
    assert min(count, asked) < 2 or expected


@pytest.mark.usefixtures("either_scan")
def test_opposite_hashes_are_256_bits_apart() -> None:
    index = HashIndex()
    index.add(np.zeros((1, 4), np.uint64), np.array([7]))
    opposite = np.full(4, np.iinfo(np.uint64).max, np.uint64)
    assert len(index.within(opposite, 255)) == 0
    assert index.within(opposite, 256).distances.tolist() == [256]


@settings(max_examples=40)
@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(1, 40)), min_size=1, max_size=25),
    seed=st.integers(0, 1000),
)
def test_additions_and_removals_in_any_order(steps: list[tuple[bool, int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    index, words, owners = HashIndex(), np.empty((0, 4), np.uint64), np.empty(0, np.int64)
    for adding, owner, count in steps:
        if adding:
            more = clustered(rng, count)
            index.add(more, np.full(count, owner))
            words, owners = np.concatenate([words, more]), np.append(owners, np.full(count, owner))
        else:
            assert index.remove(owner) == int((owners == owner).sum())
            words, owners = words[owners != owner], owners[owners != owner]
    assert len(index) == len(words)
    assert sorted(index.owners().tolist()) == sorted(owners.tolist())
    for query in clustered(rng, 3):
        assert found(index, query, 90) == plainly(words, owners, query, 90)


def test_what_was_removed_is_overwritten() -> None:
    rng = np.random.default_rng(0)
    words = clustered(rng, 50)
    index = HashIndex()
    index.add(words, np.arange(50))
    for owner in range(50):
        index.remove(owner)
    assert len(index) == 0
    assert not index._words.any(), "bits of a forgotten hash are left in memory"


def test_a_large_index_finds_what_a_small_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    words = clustered(rng, 2000)
    index = HashIndex()
    index.add(np.concatenate([rng.integers(0, 2**64, (70_000, 4), np.uint64), words]), np.arange(72_000))
    queries = words[::100].T.copy().T  # rows that are not contiguous in memory
    large = index.within_each(queries, 70)
    monkeypatch.setattr(scan, "MANY", 1_000_000)
    for one, other in zip(large, index.within_each(queries, 70), strict=True):
        assert len(one)
        assert one.owners.tolist() == other.owners.tolist()
        assert one.distances.tolist() == other.distances.tolist()


def test_an_empty_index_finds_nothing() -> None:
    index = HashIndex()
    assert len(index.within(np.zeros(4, np.uint64), 256)) == 0
    assert index.within_each(np.empty((0, 4), np.uint64), 31) == []
    assert index.remove(1) == 0


@pytest.mark.parametrize(
    ("words", "owners"),
    [
        (np.zeros((2, 3), np.uint64), np.zeros(2, np.int64)),
        (np.zeros(4, np.uint64), np.zeros(1, np.int64)),
        (np.zeros((2, 4), np.uint64), np.zeros(3, np.int64)),
    ],
)
def test_shapes_are_checked(words: Words, owners: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be of shape"):
        HashIndex().add(words, owners)


@pytest.mark.parametrize("radius", [-1, 257])
def test_the_radius_is_checked(radius: int) -> None:
    with pytest.raises(ValueError, match="radius 0 to 256"):
        HashIndex().within(np.zeros(4, np.uint64), radius)


def test_memory_is_what_the_hashes_need() -> None:
    index = HashIndex()
    index.add(np.zeros((100_000, 4), np.uint64), np.zeros(100_000, np.int64))
    assert index.bytes == 40 * 100_000


def test_hashes_of_a_range_of_owners() -> None:
    index = HashIndex()
    words = np.arange(24, dtype=np.uint64).reshape(6, 4)
    index.add(words, np.array([5, 1, 3, 9, 3, 4]))
    owners, found = index.owned_by(3, 5)
    assert owners.tolist() == [3, 3, 4]
    assert np.array_equal(found, words[[2, 4, 5]])
    assert len(index.owned_by(100, 200)[0]) == 0
