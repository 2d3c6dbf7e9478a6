from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.wire import HEADER, BrokenWire, Header, Kind, Outlet, read_exactly

headers = st.builds(
    Header,
    kind=st.sampled_from(Kind),
    width=st.integers(0, 2**32 - 1),
    height=st.integers(0, 2**32 - 1),
    stride=st.integers(0, 2**32 - 1),
    index=st.integers(0, 2**53 - 1),
    time_s=st.floats(0, 1e8),
    fraction=st.floats(0, 1),
)


@given(headers)
def test_headers_come_back(header: Header) -> None:
    assert Header.unpack(header.pack()) == header


@given(st.binary(min_size=HEADER.size, max_size=HEADER.size))
def test_anything_else_is_a_broken_wire(raw: bytes) -> None:
    try:
        header = Header.unpack(raw)
    except BrokenWire:
        return
    assert header.pack()[:5] == raw[:5]


@pytest.mark.parametrize(
    "lie",
    [
        {"time_s": float("nan")},
        {"time_s": -1.0},
        {"time_s": float("inf")},
        {"fraction": 1.5},
        {"index": 1 << 60},
    ],
)
def test_impossible_values_are_a_broken_wire(lie: dict[str, float]) -> None:
    with pytest.raises(BrokenWire):
        Header.unpack(Header(Kind.FRAME, **lie).pack())  # type: ignore[arg-type]


def test_json_and_pixels_through_a_pipe() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        outlet = Outlet(writer)
        outlet.json(Kind.FACTS, {"name": "é"})
        outlet.frame_header(width=2, height=1, stride=6, index=3, time_s=0.5, fraction=2.0)
        outlet.pixels(b"abcdef")
        os.close(writer)
        raw = bytearray(HEADER.size)
        read_exactly(pipe.readinto, memoryview(raw))
        text = bytearray(Header.unpack(bytes(raw)).stride)
        read_exactly(pipe.readinto, memoryview(text))
        assert json.loads(text) == {"name": "é"}
        read_exactly(pipe.readinto, memoryview(raw))
        assert Header.unpack(bytes(raw)) == Header(Kind.FRAME, 2, 1, 6, 3, 0.5, 1.0)
        pixels = bytearray(6)
        read_exactly(pipe.readinto, memoryview(pixels))
        assert pixels == b"abcdef"
        with pytest.raises(EOFError):
            read_exactly(pipe.readinto, memoryview(raw))


def test_json_without_bounds_is_not_sent() -> None:
    with pytest.raises(BrokenWire):
        Outlet(-1).json(Kind.RESULT, "x" * (9 << 20))
