"""A picture as it comes out of a video: one frame predicted from the one before, through H.264 or HEVC."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import av
import numpy as np

from facewarden.lab.coding import CODECS
from facewarden.media.frame import ImageRGB

VideoCodec = Literal["h264", "hevc"]
_RATE = Fraction(25)
_SETTINGS: dict[VideoCodec, dict[str, str]] = {
    "h264": {"preset": "veryfast", "tune": "zerolatency"},
    # x265 takes ten times as long as x264 for two small pictures at `veryfast`, three times at `ultrafast`.
    "hevc": {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x265-params": "pools=none:frame-threads=1:log-level=none",
    },
}


def through_video(
    image_rgb: ImageRGB, *, crf: int, drift: tuple[int, int], codec: VideoCodec = "h264"
) -> ImageRGB:
    """Encode (H, W, 3) `image_rgb` at the constant quality `crf` (0 to 51) and decode it again.

    Most frames of a clip are predicted, and look other than a picture that was compressed by itself. So the encoder
    first sees the same picture shifted by `drift` (rows, columns), as if everything had moved, and then the picture.
    """
    height, width = image_rgb.shape[:2]
    even = np.pad(image_rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    packets = _packets([np.roll(even, drift, (0, 1)), even], crf, codec)
    decoder = av.VideoCodecContext.create(codec, "r")
    decoder.thread_count = 1
    decoded = [frame for packet in packets for frame in decoder.decode(packet)] + list(decoder.decode(None))
    out = decoded[-1].to_ndarray(format="rgb24")[:height, :width]
    return np.ascontiguousarray(out, np.uint8)


def _packets(frames: list[ImageRGB], crf: int, codec: VideoCodec) -> list[av.Packet[av.VideoStream]]:
    encoder = av.VideoCodecContext.create(CODECS[codec], "w")
    encoder.height, encoder.width = frames[0].shape[:2]
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", _RATE, 1 / _RATE
    # One thread: several split small pictures, and the result would depend on their number.
    encoder.thread_count = 1
    encoder.options = {"crf": str(crf)} | _SETTINGS[codec]
    packets: list[av.Packet[av.VideoStream]] = []
    for number, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
        picture.pts = number
        packets += encoder.encode(picture)
    return packets + list(encoder.encode(None))
