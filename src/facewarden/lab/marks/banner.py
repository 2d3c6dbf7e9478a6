"""The visible mark: a banner burnt into the picture, away from the faces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from facewarden.media.frame import ImageRGB

Place = Literal["top", "bottom", "below"]
Box = Sequence[float]
"""x0, y0, x1, y1 in pixels."""

PHRASES = ("LAB FORGERY", "NOT REAL")
PHRASES_WORLD = (*PHRASES, "实验室伪造", "실험실 위조물")

_BACKGROUND, _INK = (20, 20, 20), (255, 221, 0)
_MIN_FONT_PX, _MAX_FONT_PX = 9, 48
_WORLD_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)
"""Fonts with Chinese and Korean, where one is installed; the English words stand on any machine."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A banner made for one picture size, to be put on any number of frames of it.

    Attributes:
        strip_rgb: (h, W, 3) uint8, as wide as the picture.
        place: at the top or bottom edge inside the picture, or added below it where faces leave no room.
    """

    strip_rgb: ImageRGB
    place: Place

    def put_on(self, image_rgb: ImageRGB) -> ImageRGB:
        """Return a copy of a (H, W, 3) picture with the banner; ``below`` makes it higher by the strip."""
        if image_rgb.shape[1] != self.strip_rgb.shape[1]:
            raise ValueError(
                f"picture must be {self.strip_rgb.shape[1]} px wide, but got {image_rgb.shape[1]} px"
            )
        if self.place == "below":
            return np.concatenate([image_rgb, self.strip_rgb])
        marked = image_rgb.copy()
        height = self.strip_rgb.shape[0]
        rows = slice(0, height) if self.place == "top" else slice(-height, None)
        marked[rows] = self.strip_rgb
        return marked


def banner_for(width: int, height: int, boxes: Iterable[Box]) -> Banner:
    """Make the banner for pictures of `width` x `height` px whose faces (in any frame) lie in `boxes`."""
    strip = _strip(width, height)
    rows = strip.shape[0]
    faces = [(float(box[1]), float(box[3])) for box in boxes]
    if 3 * rows > height:
        place: Place = "below"
    elif all(bottom <= height - rows for _, bottom in faces):
        place = "bottom"
    elif all(top >= rows for top, _ in faces):
        place = "top"
    else:
        place = "below"
    return Banner(strip_rgb=strip, place=place)


def _strip(width: int, height: int) -> ImageRGB:
    lines, font = _layout(width, int(np.clip(min(width, height) / 18, _MIN_FONT_PX, _MAX_FONT_PX)))
    line_px = int(font.size * 1.3)
    rows = line_px * len(lines) + line_px // 2
    # Video wants even sizes.
    strip = Image.new("RGB", (width, rows + rows % 2), _BACKGROUND)
    draw = ImageDraw.Draw(strip)
    for number, line in enumerate(lines):
        draw.text((width / 2, line_px * (number + 0.75)), line, fill=_INK, font=font, anchor="mm")
    return np.asarray(strip)


def _layout(width: int, font_px: int) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The words in as few lines as fit into `width`, in the font that says them in most languages."""
    world = next((path for path in _WORLD_FONTS if Path(path).is_file()), None)
    phrases = PHRASES_WORLD if world is not None else PHRASES
    per_line = len(phrases)
    while per_line:
        lines = ["  /  ".join(phrases[at : at + per_line]) for at in range(0, len(phrases), per_line)]
        for size in range(font_px, max(_MIN_FONT_PX, font_px * 2 // 3) - 1, -1):
            font = _font(world, size)
            if max(font.getlength(line) for line in lines) <= width - size:
                return lines, font
        per_line //= 2
    return " ".join(PHRASES).split(), _font(None, _MIN_FONT_PX)


def _font(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    if path is not None:
        return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font
