"""What a clip's header says. Decoding process only."""

from __future__ import annotations

import re
from typing import Any

from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facewarden.media.display import Turn
from facewarden.media.metadata import Metadata
from facewarden.media.painter import has_alpha

_ENCODER = re.compile(rb"(x264 - core|x265 \(build|Lavc\d|MainConcept|Ateme)[ -~]{0,900}")
MICROSECONDS = 1_000_000


def claimed_duration_s(container: InputContainer, stream: VideoStream) -> float:
    """Return the longer of the stream's and the container's claim in seconds, 0.0 without one."""
    of_stream = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    of_container = (container.duration or 0) / MICROSECONDS
    return max(0.0, of_stream or of_container)


def facts_of(container: InputContainer, stream: VideoStream, first: VideoFrame, turn: Turn) -> dict[str, Any]:
    """Return the facts as JSON-able values, named as in `MediaFacts`."""
    width, height = turn.size(first.width, first.height)
    rate = stream.average_rate or stream.guessed_rate
    metadata = Metadata()
    tags = dict(container.metadata)
    metadata.add("xmp", tags.pop("xmp", ""))
    metadata.add_all("container", tags)
    metadata.add_all("stream", stream.metadata)
    metadata.add("stream.codec_tag", stream.codec_context.codec_tag)
    metadata.add("stream.profile", stream.codec_context.profile or "")
    metadata.add("stream.encoder_settings", _encoder_settings(first))
    return {
        "kind": "clip",
        "codec": stream.codec_context.codec.canonical_name,
        "width": width,
        "height": height,
        "duration_s": claimed_duration_s(container, stream),
        "frame_rate": float(rate) if rate else 0.0,
        "frame_count": stream.frames or None,
        "bit_rate": stream.bit_rate or None,
        "pixel_format": stream.codec_context.pix_fmt or first.format.name,
        "rotation_deg": turn.clockwise_deg,
        "has_alpha": has_alpha(first.format),
        "has_audio": bool(container.streams.audio),
        "metadata": metadata.tags,
    }


def _encoder_settings(first: VideoFrame) -> bytes:
    """Return what the encoder wrote about itself into the first picture (x264, x265), or nothing."""
    note = first.side_data.get(Type.SEI_UNREGISTERED)  # type: ignore[call-overload]
    found = _ENCODER.search(bytes(note)) if note is not None else None
    return found.group(0) if found else b""
