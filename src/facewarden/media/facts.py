"""What a file says of itself: container, codec, size, duration and metadata, read without judging."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MediaKind = Literal["photo", "clip"]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Facts of one file. Everything but `sha256` and `size_bytes` is the file's own claim.

    Attributes:
        kind: ``photo`` (one picture) or ``clip`` (a video, or a picture with more than one frame).
        size_bytes: length of the file.
        sha256: lower-case hex digest of the whole file.
        container: short format name such as ``jpeg``, ``png``, ``heif``, ``mp4``, ``matroska``, ``avi``.
        codec: codec of the pictures, such as ``h264``, ``hevc``, ``av1``, ``jpeg``.
        width, height: pixels, after orientation.
        duration_s: seconds; 0.0 for a photo; the container's claim until the clip was read to its end.
        frame_rate: mean frames per second, 0.0 for a photo or where unknown.
        frame_count: the container's claim, None where it makes none.
        bit_rate: bits per second of the picture stream, None where unknown.
        pixel_format: as FFmpeg names it (``yuv420p``, ``yuv420p10le``, ``rgba``...).
        rotation_deg: clockwise rotation that was applied to make the picture upright: 0, 90, 180 or 270.
        has_alpha, has_audio: whether an alpha channel or an audio stream exists.
        metadata: flat container and EXIF/XMP/PNG-text tags as the file gives them; at most 200
            of 1000 characters each (``xmp``: 20000).
    """

    kind: MediaKind
    size_bytes: int
    sha256: str
    container: str
    codec: str
    width: int
    height: int
    duration_s: float = 0.0
    frame_rate: float = 0.0
    frame_count: int | None = None
    bit_rate: int | None = None
    pixel_format: str = ""
    rotation_deg: int = 0
    has_alpha: bool = False
    has_audio: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
