"""vPDQ's form for one clip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.matching.clips import ClipPrint, Second
from facewarden.matching.exchange import vpdq
from facewarden.matching.pdq import Pdq

GOLDEN = Path(__file__).parent / "golden" / "clip.vpdq.json"
VALUE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
CLIP = ClipPrint((Second(0.0, Pdq.from_hex(VALUE, 98)), Second(1.001, Pdq(bytes(32), 0))))


def test_a_clip_is_written_as_the_golden_file_and_read_from_it() -> None:
    assert vpdq.write(CLIP) == GOLDEN.read_bytes()
    assert vpdq.read(GOLDEN.read_bytes()) == CLIP


def test_what_metas_package_writes_is_read() -> None:
    assert vpdq.read(json.dumps([f"{VALUE},98,1.0", f"{'0' * 64},0,0.0"]).encode()).seconds[1].time_s == 1.0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "JSON list"),
        (b"{}", "JSON list"),
        (b"[1]", "JSON list"),
        (b"[" * 100_000, "JSON list"),
        (b'["a,b"]', "Frame 1: 'HASH,QUALITY,SECONDS' was expected, but it has 2 parts"),
        (b'["00,1,2"]', "Frame 1: pdq needs 64 hex digits"),
        (f'["{VALUE},101,2"]'.encode(), "quality must be 0 to 100"),
        (f'["{VALUE},1,nan"]'.encode(), "time must be seconds from 0 on, but is 'nan'"),
        (f'["{VALUE},1,-1"]'.encode(), "time must be seconds"),
        (f'["{VALUE},1,x"]'.encode(), "time must be seconds"),
        (f'["{VALUE},1,1e300"]'.encode(), "time must be seconds"),
    ],
)
def test_a_hostile_or_broken_hash_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        vpdq.read(data)
