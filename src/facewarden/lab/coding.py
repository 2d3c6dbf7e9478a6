"""Frames, and sound where there is any, into a compressed clip: for what the lab writes and what it launders."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

import av
import av.video
import numpy as np

from facewarden.errors import UsageError
from facewarden.media.frame import ImageRGB
from facewarden.media.sound import RATE_HZ, Sound

CODECS: dict[str, Literal["libx264", "libx265"]] = {"h264": "libx264", "hevc": "libx265"}
"""Codecs by the names that they have here, and what encodes them."""
_ENOUGH_FOR_B_FRAMES = 3
"""Of fewer frames x265 4.2 leaves the decoding time unset where it plans B-frames, and what lies in memory decides
whether the packet can be written (measured: about 4 of 10 single frames cannot)."""
_AUDIO_CHUNK = 1024

_REPEATABLE = {"x264-params": "asm=SSE4.2"} if platform.machine() in ("x86_64", "AMD64") else {}
"""Where x264 uses AVX-512, its macroblock tree depends on what lies in memory, with one thread, too: four runs over the
same pictures of a clip gave four files. Without it all runs gave one, of nearly the same size."""


def encode(
    frames: Iterable[ImageRGB],
    file: BinaryIO,
    *,
    rate: Fraction | float,
    options: Mapping[str, str],
    codec: str = "h264",
    bit_rate: int = 0,
    threads: int = 0,
    sound: Sound | None = None,
) -> tuple[int, int] | None:
    """Write an MP4 of `frames` (H, W, 3) uint8 of one size, taken one by one.

    4:2:0 has no odd sizes: there the last row or column is doubled.

    Args:
        rate: frames per second.
        options: of the encoder (`crf_options`).
        codec: ``h264`` or ``hevc``.
        bit_rate: bits per second to aim at; 0 leaves it to the options.
        threads: of the encoder; 0 as many as there are processors. More than one split small pictures, wait for each
            other, and make the result depend on their number. With one the same pictures give the same file.
        sound: written as AAC, as far as there are frames.

    Returns:
        (rows, columns) that were doubled, or None where there was no frame and nothing was written.
    """
    rest = iter(frames)
    head = list(islice(rest, _ENOUGH_FOR_B_FRAMES))
    if not head:
        return None
    first = head[0]
    if codec == "hevc" and len(head) < _ENOUGH_FOR_B_FRAMES:
        options = dict(options) | {"bf": "0"}
    if codec == "h264" and threads == 1:
        options = dict(options) | _REPEATABLE
    odd = first.shape[0] % 2, first.shape[1] % 2
    pace = Fraction(rate).limit_denominator(1001)
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(CODECS[codec], rate=pace, options=dict(options))
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = first.shape[0] + odd[0], first.shape[1] + odd[1]
        stream.pix_fmt = "yuv420p"
        if threads:
            stream.codec_context.thread_count = threads
        if bit_rate:
            stream.bit_rate = bit_rate
        track = None if sound is None else _SoundTrack(container, sound)
        for number, frame in enumerate(chain(head, rest), start=1):
            even = np.pad(frame, ((0, odd[0]), (0, odd[1]), (0, 0)), mode="edge") if any(odd) else frame
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), "rgb24")))
            if track is not None:
                track.advance(float(number / pace))
        container.mux(stream.encode(None))
        if track is not None:
            track.end()
    return odd


def encoded(
    frames: Iterable[ImageRGB],
    *,
    rate: Fraction,
    options: Mapping[str, str],
    codec: str = "h264",
    bit_rate: int = 0,
) -> bytes:
    """The same in memory, by one thread, so the same each time: an MP4, or b"" where there is no frame."""
    buffer = io.BytesIO()
    encode(frames, buffer, rate=rate, options=options, codec=codec, bit_rate=bit_rate, threads=1)
    return buffer.getvalue()


def crf_options(codec: str, crf: int) -> dict[str, str]:
    """The encoder's options for a constant quality `crf`, 0 (best) to 51."""
    # The threads of x265 cost more than they bring on few processors.
    quiet = {"x265-params": "log-level=none:pools=none:frame-threads=1"} if codec == "hevc" else {}
    return {"crf": str(crf), "preset": "fast"} | quiet


class _SoundTrack:
    """The sound stream of a clip that is being written; goes along with the frames, so that nothing piles up."""

    def __init__(self, container: Any, sound: Sound) -> None:
        self._container = container
        self._samples = sound.samples
        self._stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        self._written = 0

    def advance(self, until_s: float) -> None:
        end = min(len(self._samples), round(until_s * RATE_HZ))
        while self._written < end:
            piece = self._samples[self._written : min(end, self._written + _AUDIO_CHUNK)]
            frame = av.AudioFrame.from_ndarray(piece[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, self._written
            frame.time_base = Fraction(1, RATE_HZ)
            self._container.mux(self._stream.encode(frame))
            self._written += len(piece)

    def end(self) -> None:
        self._container.mux(self._stream.encode(None))


def decode_own(file: BinaryIO, odd: tuple[int, int] = (0, 0)) -> Iterator[ImageRGB]:
    """The frames of a clip that `encode` wrote a moment ago: no hostile media, no need of the confined process."""
    with av.open(file, "r") as container:
        for decoded in container.decode(video=0):
            picture = decoded.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            yield picture[: picture.shape[0] - odd[0], : picture.shape[1] - odd[1]]


@contextlib.contextmanager
def replaced_whole(target: Path) -> Iterator[Path]:
    """Lend the place of a new file beside `target`, which takes its name on leaving; an error leaves nothing.

    Raises:
        UsageError: the folder cannot be written, or the disk is full.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(prefix=".lab-", dir=target.parent) as folder:
            place = Path(folder, "written")
            yield place
            os.replace(place, target)  # noqa: PTH105 - says what it does
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written ({error.strerror or error}); make room or name another place."
        ) from error
