from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from facewarden.lab.peers.headers import read_header


def test_a_photo_gives_its_size_and_tables(tmp_path: Path, noise_photo: Callable[..., Path]) -> None:
    header = read_header(noise_photo(tmp_path / "a.jpg", seed=1, size=40), "photo")
    size_bytes = (tmp_path / "a.jpg").stat().st_size
    assert header.numbers["bits_per_pixel"] == pytest.approx(8 * size_bytes / 1600)
    assert header.numbers["luma_quantisation"] > 64
    assert header.words["container"] == "jpeg"
    assert header.words["sampling"] == "2"


def test_a_clip_gives_its_rate_and_codec(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        generator = np.random.default_rng(0)
        for _ in range(20):
            picture = generator.integers(0, 255, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    header = read_header(path, "clip")
    assert header.words["codec"] == "mpeg4"
    assert header.numbers["frame_rate"] == pytest.approx(10)
    assert header.numbers["duration_s"] == pytest.approx(2, abs=0.11)
    assert header.numbers["bits_per_pixel"] == pytest.approx(8 * path.stat().st_size / (64 * 48 * 20))


@pytest.mark.parametrize("kind", ["photo", "clip"])
def test_what_is_no_media_raises(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no picture at all")
    with pytest.raises((OSError, ValueError)):
        read_header(path, kind)  # type: ignore[arg-type]
