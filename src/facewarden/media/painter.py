"""From a decoded frame to upright RGB bytes on the wire. Decoding process only."""

from __future__ import annotations

from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from facewarden.media.display import Turn, Turntable
from facewarden.media.wire import Outlet

UNSPECIFIED_MATRIX = 2
# Standard-definition television ends here; larger pictures without a tag are BT.709 by custom.
SD_WIDTH, SD_HEIGHT = 1024, 576
GREY = (128, 128, 128)


class Painter:
    """Converts frames: colour matrix and range, scale, alpha on grey, turn.

    Args:
        turn: what makes the picture upright.
        max_side: longest side that leaves, None for the full size.
    """

    def __init__(self, turn: Turn, *, max_side: int | None) -> None:
        self._turn = turn
        self._max_side = max_side
        self._reformatter = VideoReformatter()
        self._turntable: Turntable | None = None

    def scale_of(self, frame: VideoFrame) -> float:
        """Return delivered over stored size, at most 1."""
        longest = max(frame.width, frame.height)
        return 1.0 if self._max_side is None else min(1.0, self._max_side / longest)

    def send(self, frame: VideoFrame, outlet: Outlet, *, index: int, time_s: float, fraction: float) -> None:
        """Send one frame."""
        see_through = has_alpha(frame.format)
        picture = self._rgb(frame, "rgba" if see_through else "rgb24")
        if self._turn != Turn():
            if self._turntable is None or self._turntable.shape != (picture.width, picture.height):
                self._turntable = Turntable(self._turn, picture)
            picture = self._turntable.turned(picture)
        plane = picture.planes[0]
        width, height, stride = picture.width, picture.height, plane.line_size
        pixels: object = plane
        if see_through:
            pixels, stride = _on_grey(picture), 3 * width
        outlet.frame_header(
            width=width, height=height, stride=stride, index=index, time_s=time_s, fraction=fraction
        )
        outlet.pixels(memoryview(pixels)[: height * stride])  # type: ignore[arg-type]

    def _rgb(self, frame: VideoFrame, wanted: str) -> VideoFrame:
        scale = self.scale_of(frame)
        width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
        matrix = None
        if frame.colorspace == UNSPECIFIED_MATRIX and not frame.format.is_rgb:
            large = frame.width > SD_WIDTH or frame.height > SD_HEIGHT
            matrix = Colorspace.ITU709 if large else Colorspace.ITU601
        return self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format=wanted,
            src_colorspace=matrix,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if scale < 1.0 else Interpolation.BILINEAR,
            threads=1,
        )


def has_alpha(pixel_format: VideoFormat) -> bool:
    """Tell whether a pixel format has an alpha channel."""
    return pixel_format.name == "pal8" or any(each.is_alpha for each in pixel_format.components)


def _on_grey(picture: VideoFrame) -> bytes:
    from PIL import Image

    size, plane = (picture.width, picture.height), picture.planes[0]
    rgba = Image.frombuffer("RGBA", size, bytes(plane), "raw", "RGBA", plane.line_size, 1)
    ground = Image.new("RGBA", size, (*GREY, 255))
    return Image.alpha_composite(ground, rgba).convert("RGB").tobytes()
