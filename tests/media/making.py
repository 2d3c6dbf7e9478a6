"""Photos and clips made on the spot, with known pixels and times, so that no binary file is kept here."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

os.environ.setdefault("SVT_LOG", "0")  # its encoder prints its banner otherwise

Pixels = npt.NDArray[np.uint8]

CODECS = {
    "h264": ("libx264", "yuv420p"),
    "hevc": ("libx265", "yuv420p"),
    "vp9": ("libvpx-vp9", "yuv420p"),
    "av1": ("libsvtav1", "yuv420p"),
    "mpeg4": ("mpeg4", "yuv420p"),
    "mjpeg": ("mjpeg", "yuvj420p"),
}
QUIET = {
    "libx265": {"x265-params": "log-level=none:pools=1"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libx264": {"preset": "ultrafast"},
}


def quadrants(width: int, height: int) -> Pixels:
    """Return a picture with four colours: red, green / blue, yellow (top left first)."""
    picture = np.empty((height, width, 3), np.uint8)
    x, y = width // 2, height // 2
    picture[:y, :x], picture[:y, x:] = (200, 40, 40), (40, 180, 40)
    picture[y:, :x], picture[y:, x:] = (40, 40, 200), (200, 190, 40)
    return picture


def corner_colours(picture: Pixels) -> list[str]:
    """Name the colours of the four quadrants' centres: top left, top right, bottom left, bottom right."""
    height, width = picture.shape[:2]
    names = {"red": (200, 40, 40), "green": (40, 180, 40), "blue": (40, 40, 200), "yellow": (200, 190, 40)}
    found = []
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            seen = picture[y, x].astype(int)
            found.append(min(names, key=lambda name: int(np.abs(seen - names[name]).sum())))
    return found


def greys(count: int, width: int = 64, height: int = 48) -> list[Pixels]:
    """Return pictures whose grey tells their number: `grey_index` reads it back."""
    return [np.full((height, width, 3), 20 + 4 * index, np.uint8) for index in range(count)]


def grey_index(picture: Pixels) -> int:
    """Return the number of a picture made by `greys`."""
    return round((float(picture.mean()) - 20) / 4)


def encoder(name: str) -> str:
    """Return the encoder's name, or skip the test where this build of PyAV lacks it."""
    try:
        av.codec.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this build of PyAV has no encoder {name}")
    return name


def write_clip(
    path: Path,
    pictures: Iterable[Pixels],
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rate: int = 30,
    times_ms: Sequence[int] | None = None,
    matrix: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    colorspace: int = 5,
    color_range: int = 1,
    tags: dict[str, str] | None = None,
    sound: bool = False,
) -> Path:
    """Encode RGB pictures to a clip; `times_ms` gives each its own presentation time."""
    encoder(codec)
    unit = Fraction(1, 1000) if times_ms is not None else Fraction(1, rate)
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        stream: Any = container.add_stream(codec, rate=1000 if times_ms is not None else rate)
        stream.options = QUIET.get(codec, {}) | (options or {})
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = unit
        stream.codec_context.colorspace = colorspace
        stream.codec_context.color_range = color_range
        if matrix is not None:
            stream.set_display_matrix(matrix)
        audio: Any = container.add_stream("aac", rate=16000) if sound else None
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
                format=pixel_format, dst_colorspace=colorspace, dst_color_range=color_range
            )
            frame.pts = number if times_ms is None else times_ms[number]
            frame.time_base = unit
            for packet in stream.encode(frame):
                container.mux(packet)
        if audio is not None:
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.sample_rate = 16000
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            for packet in audio.encode(silence):
                container.mux(packet)
            for packet in audio.encode():
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def picture_bytes(picture: Pixels | Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file of `kind`, a Pillow format name."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def animation_bytes(pictures: Sequence[Pixels], kind: str, durations_ms: Sequence[int]) -> bytes:
    """Return an animated picture; each of `pictures` is shown for its duration."""
    first, *rest = (Image.fromarray(each) for each in pictures)
    buffer = io.BytesIO()
    lossless = {"lossless": True} if kind == "WEBP" else {}
    first.save(
        buffer, kind, save_all=True, append_images=rest, duration=list(durations_ms), loop=0, **lossless
    )
    return buffer.getvalue()
