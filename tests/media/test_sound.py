"""Sound out of clips: from their start, with its gaps, and never from outside the confined process."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import MediaError
from facewarden.media.sound import MAX_DURATION_S, RATE_HZ, Sound, sound_of


def written(path: Path, samples: np.ndarray, *, rate: int, layout: str, start_s: float = 0.0) -> Path:
    """A clip of grey frames, with `samples` (channels, N) float32 in lossless PCM."""
    with av.open(path, "w") as container:
        pictures = container.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=rate, layout=layout)
        for n in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * n, np.uint8), "rgb24")
            container.mux(pictures.encode(frame))
        whole = (samples.T.reshape(1, -1) * 32767).astype(np.int16)
        heard = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
        heard.sample_rate, heard.pts, heard.time_base = rate, round(start_s * rate), Fraction(1, rate)
        container.mux(audio.encode(heard))
        container.mux(audio.encode(None))
        container.mux(pictures.encode(None))
    return path


def click(rate: int, at_s: float, length_s: float = 1.0, channels: int = 1) -> np.ndarray:
    samples = np.zeros((channels, round(rate * length_s)), np.float32)
    samples[:, round(at_s * rate) :][:, : rate // 100] = 0.9
    return samples


def onset_s(sound: Sound) -> float:
    return int(np.argmax(np.abs(sound.samples) > 8000)) / RATE_HZ


@pytest.mark.parametrize(
    ("rate", "layout", "channels"), [(48_000, "stereo", 2), (44_100, "mono", 1), (16_000, "mono", 1)]
)
def test_any_rate_and_layout_becomes_one_channel_that_keeps_time(
    tmp_path: Path, rate: int, layout: str, channels: int
) -> None:
    path = written(tmp_path / "a.mkv", click(rate, 0.4, channels=channels), rate=rate, layout=layout)
    sound = sound_of(path)
    assert sound is not None
    assert len(sound.samples) == pytest.approx(RATE_HZ, abs=200)
    assert onset_s(sound) == pytest.approx(0.4, abs=0.005)


def test_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mkv", click(16_000, 0.1), rate=16_000, layout="mono", start_s=0.5)
    sound = sound_of(path)
    assert sound is not None
    assert onset_s(sound) == pytest.approx(0.6, abs=0.01)


def test_no_sound_is_none_and_no_clip_an_error(tmp_path: Path) -> None:
    silent = Path(__file__).parents[2] / "examples" / "genuine.mp4"
    assert sound_of(silent) is None
    words = tmp_path / "a.mp4"
    words.write_text("no clip at all")
    with pytest.raises(MediaError):
        sound_of(words)


@given(st.integers(0, 3000), st.lists(st.integers(-30000, 30000), max_size=40))
def test_a_delay_is_silence_before_and_nothing_else(delay_ms: int, values: list[int]) -> None:
    late = Sound(np.array(values, np.int16)).delayed(delay_ms / 1000)
    silence = round(delay_ms / 1000 * RATE_HZ)
    assert not late.samples[:silence].any()
    assert late.samples[silence:].tolist() == values


def test_what_is_read_fits_into_one_answer() -> None:
    from facewarden.media.wire import MAX_JSON_BYTES

    assert MAX_DURATION_S * RATE_HZ * 2 * 4 / 3 + 16 < MAX_JSON_BYTES
