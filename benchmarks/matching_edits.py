"""What copies go through before they turn up again: the edits that benchmarks/matching_copies.py measures.

Each edit is a function of a picture and a seeded source of chance; clips get theirs frame by frame. Crops and borders
are shares of the picture's width *and* of its height: a crop of 10 % takes a tenth of each, split by chance between
both sides; a border of 10 % adds a tenth on every side.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Pixels = npt.NDArray[np.uint8]
Chance = np.random.Generator
Change = Callable[[Image.Image, Chance], Image.Image]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit.

    Attributes:
        name: for the table.
        change: the edit itself.
        asked: whether the target of 0.97 speaks of it (crops and borders above 10 % are shown, and not asked for).
    """

    name: str
    change: Change
    asked: bool = True


def jpeg(quality: int) -> Change:
    def change(picture: Image.Image, _: Chance) -> Image.Image:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=quality)
        return Image.open(io.BytesIO(stream.getvalue())).convert("RGB")

    return change


def resize(factor: float) -> Change:
    return lambda picture, _: picture.resize(
        (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))),
        Image.Resampling.LANCZOS,
    )


def crop(share: float) -> Change:
    def change(picture: Image.Image, chance: Chance) -> Image.Image:
        left, top = (chance.uniform(0, share) for _ in range(2))
        width, height = picture.size
        box = left * width, top * height, (1 - share + left) * width, (1 - share + top) * height
        return picture.crop(tuple(round(value) for value in box))  # type: ignore[arg-type]

    return change


def border(share: float, *, blurred: bool = False) -> Change:
    def change(picture: Image.Image, chance: Chance) -> Image.Image:
        x, y = round(share * picture.width), round(share * picture.height)
        size = picture.width + 2 * x, picture.height + 2 * y
        if blurred:
            frame = picture.resize(size).filter(ImageFilter.GaussianBlur(max(size) / 30))
        else:
            colours = [(0, 0, 0), (255, 255, 255), tuple(int(v) for v in chance.integers(0, 256, 3))]
            frame = Image.new("RGB", size, colours[int(chance.integers(3))])
        frame.paste(picture, (x, y))
        return frame

    return change


def flip(picture: Image.Image, _: Chance) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def tilt(degrees: float) -> Change:
    def change(picture: Image.Image, chance: Chance) -> Image.Image:
        sign = 1 if chance.random() < 0.5 else -1
        return picture.rotate(sign * degrees, Image.Resampling.BICUBIC, expand=bool(chance.random() < 0.5))

    return change


def quarter_turn(picture: Image.Image, chance: Chance) -> Image.Image:
    return picture.transpose(
        Image.Transpose.ROTATE_90 if chance.random() < 0.5 else Image.Transpose.ROTATE_270
    )


def caption(picture: Image.Image, chance: Chance) -> Image.Image:
    """White letters on a black bar over the lowest or highest 15 %."""
    shown = picture.copy()
    draw, height = ImageDraw.Draw(shown), round(0.15 * picture.height)
    top = 0 if chance.random() < 0.5 else picture.height - height
    draw.rectangle((0, top, picture.width, top + height), fill=(0, 0, 0))
    font = ImageFont.load_default(max(8, height // 2))
    draw.text(
        (picture.width * 0.05, top + height * 0.2),
        "you will not believe this",
        fill=(255, 255, 255),
        font=font,
    )
    return shown


def sticker(picture: Image.Image, chance: Chance) -> Image.Image:
    """A disc of a fifth of the shorter side in one of the corners."""
    shown = picture.copy()
    side = round(0.2 * min(picture.size))
    x = 0 if chance.random() < 0.5 else picture.width - side
    y = 0 if chance.random() < 0.5 else picture.height - side
    ImageDraw.Draw(shown).ellipse((x, y, x + side, y + side), fill=(255, 210, 0), outline=(0, 0, 0))
    return shown


def colour(picture: Image.Image, chance: Chance) -> Image.Image:
    """Brightness, contrast and saturation by up to 30 %, as a filter of an app does."""
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhancer(picture).enhance(float(chance.uniform(0.7, 1.3)))
    return picture


def screenshot(picture: Image.Image, chance: Chance) -> Image.Image:
    """The picture as wide as a phone's screen, between a bar with a clock and one with buttons."""
    width = 720
    height = round(picture.height * width / picture.width)
    screen = Image.new(
        "RGB", (width, max(1280, height + 260)), (18, 18, 20) if chance.random() < 0.5 else (250, 250, 250)
    )
    ink = (235, 235, 235) if screen.getpixel((0, 0)) == (18, 18, 20) else (20, 20, 20)
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(28)
    draw.text((30, 16), "12:41", fill=ink, font=font)
    draw.text((570, 16), "4G  87%", fill=ink, font=font)
    draw.ellipse((30, 70, 90, 130), fill=(90, 140, 220))
    draw.text((110, 82), "somebody", fill=ink, font=font)
    screen.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (0, 150))
    draw.text((30, 150 + height + 20), "1,204 likes   share   save", fill=ink, font=font)
    return jpeg(80)(screen, chance)


PICTURE_EDITS = (
    Edit("JPEG 10", jpeg(10)),
    Edit("JPEG 30", jpeg(30)),
    Edit("JPEG 90", jpeg(90)),
    Edit("resize 1/4", resize(0.25)),
    Edit("resize 2x", resize(2.0)),
    Edit("crop 2 %", crop(0.02)),
    Edit("crop 5 %", crop(0.05)),
    Edit("crop 10 %", crop(0.10)),
    Edit("crop 20 %", crop(0.20), asked=False),
    Edit("border 2 %", border(0.02)),
    Edit("border 10 %", border(0.10)),
    Edit("border 20 %", border(0.20), asked=False),
    Edit("blurred border 10 %", border(0.10, blurred=True)),
    Edit("flip", flip),
    Edit("rotate 2", tilt(2)),
    Edit("rotate 5", tilt(5)),
    Edit("rotate 10", tilt(10)),
    Edit("rotate 90", quarter_turn),
    Edit("caption", caption),
    Edit("sticker", sticker),
    Edit("colour", colour),
    Edit("screenshot", screenshot),
)
"""The edits of the issue that can be done to one picture; `CLIP_EDITS` has those that need a clip."""


@dataclass(frozen=True, slots=True)
class ClipEdit:
    """One edit of a clip.

    Attributes:
        name: for the table.
        change: of each frame, with the same chance for all frames of a clip; None for none.
        crf: of the encoder.
        speed: seconds of the original for one second of the copy.
        keep: the share of the original's duration that is kept: (start, end).
    """

    name: str
    change: Change | None = None
    crf: int = 23
    speed: float = 1.0
    keep: tuple[float, float] = (0.0, 1.0)


CLIP_EDITS = (
    ClipEdit("clip: re-encode CRF 35", crf=35),
    ClipEdit("clip: trim to the middle half", keep=(0.25, 0.75)),
    ClipEdit("clip: speed +10 %", speed=1.10),
    ClipEdit("clip: speed -10 %", speed=0.90),
    ClipEdit("clip: half size", resize(0.5)),
    ClipEdit("clip: crop 10 %", crop(0.10)),
    ClipEdit("clip: border 10 %", border(0.10)),
    ClipEdit("clip: flip", flip),
    ClipEdit("clip: caption", caption),
)
