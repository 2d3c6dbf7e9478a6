"""Clips that the lab writes: every frame, odd sizes, and sound that keeps time."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from facewarden.errors import UsageError
from facewarden.lab.coding import crf_options, decode_own, encode, encoded, replaced_whole
from facewarden.media.frame import ImageRGB
from facewarden.media.sound import RATE_HZ, Sound


def grey(count: int, height: int = 49, width: int = 65) -> list[ImageRGB]:
    return [np.full((height, width, 3), 20 + 8 * n, np.uint8) for n in range(count)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_every_frame_comes_back_in_its_own_size(codec: str) -> None:
    file = io.BytesIO()
    odd = encode(grey(12), file, rate=25, options=crf_options(codec, 10), codec=codec)
    assert odd == (1, 1)
    file.seek(0)
    back = list(decode_own(file, odd))
    assert [frame.shape for frame in back] == [(49, 65, 3)] * 12
    assert [abs(float(f.mean()) - 20 - 8 * n) < 4 for n, f in enumerate(back)] == [True] * 12


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_with_one_thread_the_same_pictures_give_the_same_file(codec: str) -> None:
    """Of a width whose blocks do not fill a register x264 with AVX-512 made five files in six runs."""
    coarse = np.random.default_rng(0).integers(0, 256, (35, 45, 3)).astype(np.uint8)
    scene = np.kron(coarse, np.ones((10, 10, 1), np.uint8))
    frames = [np.ascontiguousarray(scene[n : n + 98, 2 * n : 2 * n + 132]) for n in range(60)]
    options = crf_options(codec, 23)
    assert len({encoded(frames, rate=Fraction(25), options=options, codec=codec) for _ in range(6)}) == 1


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips_are_written_whatever_lies_in_memory(codec: str, count: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        junk = rng.integers(0, 255, 1_000_000).astype(np.uint8)
        del junk
        file = io.BytesIO()
        odd = encode(grey(count), file, rate=25, options=crf_options(codec, 28), codec=codec)
        file.seek(0)
        with av.open(file) as container:
            assert all(abs(p.dts) < 10**6 for p in container.demux(video=0) if p.dts is not None)
        file.seek(0)
        assert len(list(decode_own(file, odd or (0, 0)))) == count


def test_nothing_in_nothing_out() -> None:
    assert encode([], io.BytesIO(), rate=25, options={}) is None


@pytest.mark.parametrize("seconds", [0.2, 3.0])
def test_sound_ends_with_the_frames_or_before(seconds: float) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(-9000, 9000, round(seconds * RATE_HZ)).astype(np.int16)
    encode(grey(25), file, rate=25, options=crf_options("h264", 30), sound=Sound(noise))
    file.seek(0)
    with av.open(file) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0)) / RATE_HZ
    assert heard == pytest.approx(min(seconds, 1.0), abs=0.1)


def test_a_place_that_cannot_be_written_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    blocked = tmp_path_factory.mktemp("x") / "file"
    blocked.write_text("")
    with pytest.raises(UsageError, match="cannot be written"), replaced_whole(blocked / "a" / "b.mp4"):
        pass
