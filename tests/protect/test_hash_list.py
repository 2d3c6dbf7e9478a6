"""Lists of others come back as they were kept; what was altered does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.matching.exchange import Kind, Signal
from facewarden.protect.hash_list import HashList
from tests.protect.making import pdq

NOTES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=20)
SIGNALS = st.builds(
    lambda kind, value, quality, note: Signal(
        kind, value if kind in (Kind.PDQ, Kind.SHA256) else value[:32], quality, note
    ),
    st.sampled_from(Kind),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 100),
    NOTES,
)


@given(st.lists(SIGNALS, max_size=8, unique_by=lambda each: (each.kind, each.value)))
def test_a_list_comes_back(signals: list[Signal]) -> None:
    kept = HashList.read(b"".join(HashList.of(signals).chunks()))
    assert [kept.signal(row) for row in range(len(kept))] == signals


def test_of_the_same_hash_one_is_kept() -> None:
    twice = [Signal(Kind.PDQ, pdq(1).hex, 100, "first"), Signal(Kind.PDQ, pdq(1).hex, 40, "second")]
    kept = HashList.of([*twice, Signal(Kind.SHA256, pdq(1).hex), Signal(Kind.PDQ, pdq(2).hex, 49)])
    assert kept.signal(0).note == "first"
    assert kept.counts() == {"pdq": 2, "sha256": 1}
    assert kept.poor == 1
    assert kept.rows(Kind.SHA256).tolist() == [1]


def whole() -> bytes:
    return b"".join(
        HashList.of([Signal(Kind.PDQ, pdq(1).hex, 100, "a"), Signal(Kind.PHOTO_MD5, "b1" * 16)]).chunks()
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        (1 << 40).to_bytes(8, "little") + b"{}",
        whole()[:-1],
        whole() + b"x",
        whole().replace(b'"hashes": 2', b'"hashes": 3'),
        whole().replace(b'"hashes": 2', b'"hashes": "'),
        whole().replace(b'"format": 1', b'"format": 2'),
        whole()[:-1] + b"\xff",
    ],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(TamperedError):
        HashList.read(data)


def test_kinds_and_qualities_that_there_are_not_are_refused() -> None:
    data = bytearray(whole())
    place = 8 + int.from_bytes(data[:8], "little")
    data[place] = 9
    with pytest.raises(TamperedError):
        HashList.read(bytes(data))
    data[place] = 0
    data[place + 2 + 64] = 101
    with pytest.raises(TamperedError):
        HashList.read(bytes(data))
