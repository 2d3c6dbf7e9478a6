"""Whether the pictures of a clip are coded in several slices. Decoding process only."""

from __future__ import annotations

from av.packet import Packet
from av.video.stream import VideoStream

_H264_SLICES = frozenset({1, 5})
MAX_UNITS = 64


def has_slices(stream: VideoStream, packet: Packet[VideoStream]) -> bool:
    """Tell whether an H.264 packet holds more than one slice; False where that cannot be seen."""
    extradata = stream.codec_context.extradata
    if stream.codec_context.codec.name != "h264" or not extradata or extradata[0] != 1 or len(extradata) < 5:
        return False
    return slice_count(memoryview(packet), length_bytes=(extradata[4] & 3) + 1) > 1


def slice_count(units: memoryview, *, length_bytes: int) -> int:
    """Count the slices among the units of one picture, each behind its big-endian length (ISO 14496-15)."""
    at = found = 0
    for _ in range(MAX_UNITS):
        start = at + length_bytes
        if start >= len(units):
            break
        found += (units[start] & 31) in _H264_SLICES
        at = start + int.from_bytes(units[at:start], "big")
    return found
