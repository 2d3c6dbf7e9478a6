"""vPDQ's form for one clip, and what Meta's own hasher and matcher make of it where its binding is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import UsageError
from facewarden.matching.clips import ClipIndex, ClipPrint, Second, clip_print
from facewarden.matching.exchange import vpdq
from facewarden.matching.pdq import Pdq, distance
from tests.matching.edits import resized, scenery
from tests.media.making import write_clip

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


PER_S = 4
"""So many frames has a second of the made-up clips: ours hashes each of them."""


def made_up(path: Path, clip: int, *, factor: float = 1.0) -> Path:
    """Three seconds, each of them another picture."""
    shown = [scenery(100 * clip + number // PER_S, 180, 240) for number in range(3 * PER_S)]
    return write_clip(path, [resized(each, factor) for each in shown], rate=PER_S)


@pytest.fixture
def metas_signal() -> Any:
    why = "needs vpdq, Meta's binding for clips, which is built against FFmpeg (docs/matching.md)"
    pytest.importorskip("vpdq", reason=why)
    return pytest.importorskip("threatexchange.extensions.vpdq.vpdq").VPDQSignal


def test_metas_binding_hashes_the_same_frames_as_ours(metas_signal: Any, tmp_path: Path) -> None:
    path = made_up(tmp_path / "clip.mp4", 1)
    ours, theirs = clip_print(path), vpdq.read(metas_signal.hash_from_file(path, 0).encode())
    assert [each.time_s for each in theirs.seconds] == [each.time_s for each in ours.seconds]
    # Two builds of FFmpeg decode, and may not turn every pixel into the same red, green and blue.
    apart = [distance(one.pdq, other.pdq) for one, other in zip(ours.seconds, theirs.seconds, strict=True)]
    assert max(apart) <= 8


def test_metas_matcher_finds_a_copy_of_a_clip_that_we_wrote(metas_signal: Any, tmp_path: Path) -> None:
    written = {
        clip: vpdq.write(clip_print(made_up(tmp_path / f"{clip}.mp4", clip))).decode() for clip in (1, 2)
    }
    index = metas_signal.get_index_cls().build((value, clip) for clip, value in written.items())
    copy = made_up(tmp_path / "copy.mp4", 2, factor=0.5)
    assert [match.metadata for match in index.query(metas_signal.hash_from_file(copy))] == [2]


def test_ours_finds_a_copy_of_a_clip_that_metas_package_hashed(metas_signal: Any, tmp_path: Path) -> None:
    index = ClipIndex()
    for clip in (1, 2):
        hashed = metas_signal.hash_from_file(made_up(tmp_path / f"{clip}.mp4", clip))
        index.add(clip, vpdq.read(hashed.encode()))
    (match,) = index.match(made_up(tmp_path / "copy.mp4", 2, factor=0.5))
    assert (match.clip, match.confirmed) == (2, True)
