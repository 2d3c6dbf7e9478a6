"""What the header of a file gives away: numbers and words for baselines that look at no picture.

Only for files of the lab's own collection. Files of strangers go through the media room, which guards itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import av
from PIL import Image, JpegImagePlugin

from facewarden.media.facts import MediaKind

_WORD_SLOTS = 16


@dataclass(frozen=True, slots=True)
class Header:
    """Facts of one file, read without decoding a picture.

    Attributes:
        kind: ``photo`` or ``clip``; the facts of the two are not comparable.
        numbers: name to value, the same names for every file of a kind.
        words: name to word, such as the codec; the encoder's name only as one of 16 slots.
    """

    kind: MediaKind
    numbers: dict[str, float]
    words: dict[str, str]


def read_header(path: Path, kind: MediaKind) -> Header:
    """Read the header of a photo or clip; raises OSError where it is none."""
    return _photo(path) if kind == "photo" else _clip(path)


def _photo(path: Path) -> Header:
    size_bytes = path.stat().st_size
    with Image.open(path) as picture:
        tables = getattr(picture, "quantization", None) or {}
        is_jpeg = isinstance(picture, JpegImagePlugin.JpegImageFile)
        sampling = JpegImagePlugin.get_sampling(picture) if is_jpeg else -1
        width, height = picture.size
        info = picture.info
        numbers = {
            "size_bytes": float(size_bytes),
            "width": float(width),
            "height": float(height),
            "aspect": width / height,
            "bits_per_pixel": 8 * size_bytes / (width * height),
            "luma_quantisation": float(sum(tables.get(0, ()))),
            "chroma_quantisation": float(sum(tables.get(1, ()))),
            "tags": float(len(info)),
            "dots_per_inch": float(info.get("dpi", (0, 0))[0]),
        }
        words = {
            "container": (picture.format or "").lower(),
            "mode": picture.mode,
            "sampling": str(sampling),
            "progressive": str(bool(info.get("progressive"))),
        }
    return Header("photo", numbers, words)


def _clip(path: Path) -> Header:
    size_bytes = path.stat().st_size
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        duration_s = float(container.duration or 0) / av.time_base
        rate = float(stream.average_rate or 0)
        width, height = stream.codec_context.width, stream.codec_context.height
        frames = stream.frames or max(1, round(duration_s * rate))
        encoder = f"{container.metadata.get('encoder', '')} {stream.metadata.get('encoder', '')}"
        numbers = {
            "size_bytes": float(size_bytes),
            "width": float(width),
            "height": float(height),
            "aspect": width / max(height, 1),
            "bits_per_pixel": 8 * size_bytes / max(width * height * frames, 1),
            "bit_rate": 8 * size_bytes / duration_s if duration_s else 0.0,
            "frame_rate": rate,
            "duration_s": duration_s,
            "tags": float(len(container.metadata) + len(stream.metadata)),
            "audio_streams": float(len(container.streams.audio)),
        }
        words = {
            "container": container.format.name,
            "codec": stream.codec_context.name,
            "profile": str(stream.codec_context.profile),
            "pixels": str(stream.codec_context.pix_fmt),
            "encoder": str(crc32(encoder.encode()) % _WORD_SLOTS),
        }
    return Header("clip", numbers, words)
