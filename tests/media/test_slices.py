from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.slices import has_slices, slice_count
from tests.media.making import quadrants, write_clip


@pytest.mark.parametrize("slices", [1, 2, 4])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_slices_are_counted(tmp_path: Path, suffix: str, slices: int) -> None:
    options = {"x264-params": f"sliced-threads=0:slices={slices}"}
    path = write_clip(tmp_path / f"clip.{suffix}", [quadrants(128, 128)] * 2, options=options)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packet = next(container.demux(stream))
        assert has_slices(stream, packet) == (slices > 1)


@given(st.binary(max_size=200), st.integers(1, 4))
def test_any_bytes_have_a_count(units: bytes, length_bytes: int) -> None:
    assert 0 <= slice_count(memoryview(units), length_bytes=length_bytes) <= 64
