"""PDQ as everybody else computes it, and distances that are distances."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.matching.pdq import (
    MATCH,
    TURNS,
    Pdq,
    digests_of,
    dihedral_of,
    distance,
    distances,
    pdq_of,
    reduced,
    turned,
    words_of,
)
from people import collins
from tests.matching.edits import jpeg, scenery

HASHES = st.binary(min_size=32, max_size=32).map(Pdq)


def test_the_hash_is_the_one_that_metas_package_computes() -> None:
    theirs = pytest.importorskip("threatexchange.signal_type.pdq.pdq_hasher")
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(collins()).save(stream, "PNG")
    value, quality = theirs.pdq_from_bytes(stream.getvalue())
    ours = pdq_of(collins())
    assert (ours.hex, ours.quality) == (value, quality)


def test_a_worse_copy_is_near_and_another_picture_is_far() -> None:
    one = pdq_of(collins())
    assert distance(one, pdq_of(jpeg(collins(), 20))) <= MATCH
    assert distance(one, pdq_of(scenery(1))) > 90


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (5, 3)])
def test_a_picture_of_a_few_pixels_is_useless(shape: tuple[int, int]) -> None:
    assert not pdq_of(np.full((*shape, 3), 90, np.uint8)).useful


def test_a_plain_picture_is_useless() -> None:
    assert not pdq_of(np.full((200, 200, 3), 90, np.uint8)).useful


def test_large_pictures_are_reduced_and_keep_their_hash_nearly() -> None:
    large = np.repeat(np.repeat(collins(), 3, 0), 3, 1)
    assert reduced(large).shape == (512, 512, 3)
    assert reduced(collins()) is collins()
    assert distance(pdq_of(large), pdq_of(collins())) <= 10


@pytest.mark.parametrize("turn", range(8))
def test_each_turn_is_undone_by_one_of_the_eight(turn: int) -> None:
    shown = turned(collins(), turn)
    found = [distance(each, pdq_of(collins())) for each in dihedral_of(shown)]
    assert min(found) == 0
    undone = turned(shown, int(np.argmin(found)))
    assert (undone == collins()).all(), f"{TURNS[turn]} is undone by another turn"


@given(HASHES, HASHES, HASHES)
def test_distance_is_a_metric(a: Pdq, b: Pdq, c: Pdq) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)


@given(st.lists(HASHES, min_size=1, max_size=8), HASHES)
def test_words_hold_the_same_bits(hashes: list[Pdq], one: Pdq) -> None:
    words = words_of(hashes)
    assert words.shape == (len(hashes), 4)
    assert digests_of(words) == [each.digest for each in hashes]
    assert distances(words, words_of([one])[0]).tolist() == [distance(each, one) for each in hashes]


@given(HASHES)
def test_hex_goes_back_and_forth(one: Pdq) -> None:
    assert Pdq.from_hex(one.hex.upper()) == one


@pytest.mark.parametrize(
    "text", ["", "0" * 63, "0" * 65, "g" * 64, "0" * 63 + "\n", " " + "0" * 63, "٠" * 64]
)
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        Pdq.from_hex(text)


@pytest.mark.parametrize(
    ("digest", "quality"), [(b"", 100), (b"0" * 33, 100), (b"0" * 32, 101), (b"0" * 32, -1)]
)
def test_a_hash_has_its_size_and_quality(digest: bytes, quality: int) -> None:
    with pytest.raises(ValueError, match="32 bytes and a quality"):
        Pdq(digest, quality)


def test_without_the_binding_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pdqhash", None)
    with pytest.raises(UsageError, match=r"pip install 'facewarden\[protect\]'"):
        pdq_of(np.zeros((64, 64, 3), np.uint8))
