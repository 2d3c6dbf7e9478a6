"""Both ways to look through many hashes find what counting the bits one by one finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.matching import scan as module
from facewarden.matching.pdq import Words
from facewarden.matching.scan import MANY, MANY_PAIRS, FaissScan, Scan, by_numpy, scan_for

BLOCK = 512


def scans() -> dict[str, Scan]:
    pytest.importorskip("faiss", reason="needs the extra [protect]: FAISS is missing")
    return {"FAISS": FaissScan(BLOCK), "NumPy": by_numpy}


def bits_of(words: Words) -> list[int]:
    return [int.from_bytes(row.tobytes()) for row in words]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, BLOCK),
    most=st.integers(0, 256),
    radius=st.integers(0, 256),
)
def test_every_row_within_the_radius_is_found_and_no_other(
    seed: int, count: int, most: int, radius: int
) -> None:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 2**64, 4, np.uint64)
    flips = rng.random((count, 256)) < rng.uniform(0, most / 256, (count, 1))
    words = np.packbits(flips, axis=1).view(np.uint64).reshape(count, 4) ^ one
    (plain,) = bits_of(one.reshape(1, 4))
    expected = [row for row, bits in enumerate(bits_of(words)) if (bits ^ plain).bit_count() <= radius]
    for name, scan in scans().items():
        assert scan(words, one, radius).tolist() == expected, name


@pytest.mark.parametrize("distance", [0, 1, 31, 32, 64, 70, 71, 128, 255, 256])
def test_the_radius_itself_is_within(distance: int) -> None:
    flips = np.arange(256) < distance
    words = np.packbits(flips).view(np.uint64).reshape(1, 4)
    for name, scan in scans().items():
        assert scan(words, np.zeros(4, np.uint64), distance).tolist() == [0], name
        assert distance == 0 or scan(words, np.zeros(4, np.uint64), distance - 1).tolist() == [], name


def test_a_block_leaves_nothing_for_the_next() -> None:
    for name, scan in scans().items():
        assert len(scan(np.zeros((BLOCK, 4), np.uint64), np.zeros(4, np.uint64), 0)) == BLOCK
        full = np.full((3, 4), np.iinfo(np.uint64).max, np.uint64)
        assert scan(full, np.zeros(4, np.uint64), 255).tolist() == [], name


@pytest.mark.parametrize(
    ("words", "one"),
    [
        (np.zeros((BLOCK + 1, 4), np.uint64), np.zeros(4, np.uint64)),
        (np.zeros((2, 3), np.uint64), np.zeros(4, np.uint64)),
        (np.zeros((2, 4), np.uint64), np.zeros(3, np.uint64)),
        (np.zeros((2, 4), np.uint32), np.zeros(4, np.uint64)),
        (np.zeros((2, 4), np.uint64), np.zeros(4, np.uint32)),
        (np.zeros((2, 8), np.uint64)[:, ::2], np.zeros(4, np.uint64)),
        (np.zeros((4, 4), np.uint64)[::2], np.zeros(4, np.uint64)),
        (np.zeros((2, 4), np.uint64), np.zeros(8, np.uint64)[::2]),
    ],
)
def test_faiss_is_never_given_less_memory_than_it_reads(words: Words, one: Words) -> None:
    pytest.importorskip("faiss", reason="needs the extra [protect]: FAISS is missing")
    with pytest.raises(ValueError):
        FaissScan(BLOCK)(words, one, 31)


def test_faiss_is_for_many_hashes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss", reason="needs the extra [protect]: FAISS is missing")
    assert isinstance(scan_for(MANY, BLOCK), FaissScan)
    assert isinstance(scan_for(100, BLOCK, times=MANY_PAIRS // 100), FaissScan)
    monkeypatch.setattr(module, "_faiss", lambda: pytest.fail("FAISS was loaded for a few hashes"))
    assert scan_for(MANY - 1, BLOCK) is by_numpy
    assert scan_for(100, BLOCK, times=MANY_PAIRS // 100 - 1) is by_numpy


def test_without_faiss_numpy_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_faiss", lambda: None)
    assert scan_for(10 * MANY, BLOCK) is by_numpy
    with pytest.raises(RuntimeError, match=r"facewarden\[protect\]"):
        FaissScan(BLOCK)
