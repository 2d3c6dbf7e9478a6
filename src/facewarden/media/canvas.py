"""A picture of any mode, sent as upright RGB in strips so that memory holds one copy."""

from __future__ import annotations

import contextlib
import io

from PIL import Image, ImageCms

from facewarden.media.wire import Outlet

STRIP_PIXELS = 1 << 20
GREY = (128, 128, 128)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Canvas:
    """One loaded picture on its way out.

    Args:
        image: loaded picture of any mode.
        orientation: EXIF orientation that is to be undone, 1..8.
    """

    def __init__(self, image: Image.Image, *, orientation: int) -> None:
        self._see_through = image.has_transparency_data
        self._to_srgb = _transform_to_srgb(image)
        self._scale = _scale_to_bytes(image)
        self._image = image.transpose(_TURNS[orientation]) if orientation in _TURNS else image

    def send(self, outlet: Outlet, *, index: int, time_s: float, fraction: float) -> None:
        """Send the picture as one frame."""
        width, height = self._image.size
        outlet.frame_header(
            width=width, height=height, stride=3 * width, index=index, time_s=time_s, fraction=fraction
        )
        rows = max(1, STRIP_PIXELS // width)
        for top in range(0, height, rows):
            strip = self._image.crop((0, top, width, min(height, top + rows)))
            outlet.pixels(self._rgb(strip).tobytes())

    def _rgb(self, strip: Image.Image) -> Image.Image:
        if strip.mode.startswith("I;16"):
            strip = _high_bytes(strip)
        elif strip.mode in ("I", "F"):
            scale = self._scale
            strip = strip.point(lambda value: value * scale).convert("L")
        if self._see_through:
            strip = strip.convert("RGBA")
            ground = Image.new("RGBA", strip.size, (*GREY, 255))
            strip = Image.alpha_composite(ground, strip).convert("RGB")
        if self._to_srgb is not None:
            with contextlib.suppress(Exception):
                return ImageCms.applyTransform(strip, self._to_srgb) or strip
        return strip if strip.mode == "RGB" else strip.convert("RGB")


def _high_bytes(strip: Image.Image) -> Image.Image:
    # Pillow's own conversion to 8 bits clips instead of scaling.
    raw = strip.tobytes()
    return Image.frombytes("L", strip.size, raw[0::2] if strip.mode == "I;16B" else raw[1::2])


def _scale_to_bytes(image: Image.Image) -> float:
    """Return the factor from 32-bit or floating-point samples to 0..255."""
    if image.mode not in ("I", "F"):
        return 1.0
    most = float(image.getextrema()[1])  # type: ignore[arg-type]
    if image.mode == "F":
        return 255.0 if 0.0 < most <= 1.0 else 1.0
    return 1.0 if most <= 255 else 255.0 / 65535 if most <= 65535 else 255.0 / most


def _transform_to_srgb(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Return the colour transform that an embedded profile asks for, None for sRGB or a broken profile."""
    profile = image.info.get("icc_profile")
    mode = "RGB" if image.has_transparency_data else image.mode
    if not profile or mode not in ("RGB", "CMYK"):
        return None
    with contextlib.suppress(Exception):
        own = ImageCms.getOpenProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return None
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(own, srgb, mode, "RGB")
    return None
