"""Sealed files: what comes out is what went in, or an error."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.sealed.stream import HEADER_BYTES, Sealing, unsealed

KEY = bytes(range(32))
CHUNK = 1 << 12
BLOCK = CHUNK + 16


def sealed(content: bytes, *, key: bytes = KEY, context: bytes = b"", pieces: int = 1000) -> bytes:
    target = io.BytesIO()
    sealing = Sealing(target, key, context=context, chunk_bits=12)
    for start in range(0, len(content), pieces):
        sealing.write(content[start : start + pieces])
    sealing.finish()
    return target.getvalue()


def content_of(data: bytes, *, key: bytes = KEY, context: bytes = b"") -> bytes:
    return b"".join(unsealed(io.BytesIO(data), key, context=context))


def blocks(data: bytes) -> list[bytes]:
    return [data[start : start + BLOCK] for start in range(HEADER_BYTES, len(data), BLOCK)]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
@pytest.mark.parametrize("pieces", [777, CHUNK, 10 * CHUNK])
def test_any_length_comes_back(size: int, pieces: int) -> None:
    content = bytes(number % 251 for number in range(size))
    data = sealed(content, pieces=pieces)
    assert content_of(data) == content
    assert len(data) == HEADER_BYTES + size + 16 * max(1, -(-size // CHUNK))


def test_equal_contents_are_sealed_differently() -> None:
    assert sealed(b"the same") != sealed(b"the same")


@given(st.data())
def test_every_changed_bit_is_found(data: st.DataObject) -> None:
    whole = bytearray(sealed(bytes(2 * CHUNK + 100)))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(TamperedError):
        content_of(bytes(whole))


@given(st.integers(0, HEADER_BYTES + 2 * BLOCK + 100 + 15))
def test_every_cut_is_found(length: int) -> None:
    with pytest.raises(TamperedError, match="cut short"):
        content_of(sealed(bytes(2 * CHUNK + 100))[:length])


@pytest.mark.parametrize("size", [3 * CHUNK, 3 * CHUNK - 5])
def test_chunks_cannot_be_moved_dropped_repeated_or_added(size: int) -> None:
    data = sealed(bytes(number % 251 for number in range(size)))
    head, parts = data[:HEADER_BYTES], blocks(data)
    assert len(parts) == 3
    others = {
        order
        for count in range(1, 5)
        for order in itertools.product(range(3), repeat=count)
        if order != (0, 1, 2)
    }
    for order in others:
        with pytest.raises(TamperedError):
            content_of(head + b"".join(parts[number] for number in order))
    with pytest.raises(TamperedError):
        content_of(data + b"\0")


def test_chunks_of_another_file_do_not_fit() -> None:
    one, other = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    with pytest.raises(TamperedError):
        content_of(one[: HEADER_BYTES + BLOCK] + other[HEADER_BYTES + BLOCK :])


def test_another_key_or_context_does_not_open_it() -> None:
    data = sealed(b"x", context=b"here")
    assert content_of(data, context=b"here") == b"x"
    for options in ({"key": bytes(32), "context": b"here"}, {"context": b"there"}, {}):
        with pytest.raises(TamperedError):
            content_of(data, **options)  # type: ignore[arg-type]


def test_a_file_of_another_kind_is_refused() -> None:
    for data in (b"", b"\x89PNG\r\n\x1a\n" + bytes(100), b"FWSEAL1\n\xff" + bytes(100)):
        with pytest.raises(TamperedError, match="does not begin as one"):
            content_of(data)


def test_a_chunk_that_is_too_small_is_no_option() -> None:
    with pytest.raises(ValueError, match="12 to 24"):
        Sealing(io.BytesIO(), KEY, chunk_bits=11)
