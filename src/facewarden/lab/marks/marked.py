"""The one place where a forgery of the lab reaches a disk: always with all three marks and a telling name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.errors import UsageError
from facewarden.lab.coding import crf_options, decode_own, encode, replaced_whole
from facewarden.lab.marks.banner import Banner, Box, banner_for
from facewarden.lab.marks.c2pa_manifest import sign
from facewarden.lab.marks.clip_strength import SURVIVED_CRF, TRIED_FRAMES, strength_for_clip
from facewarden.lab.marks.watermark import embed
from facewarden.media.frame import ImageRGB
from facewarden.media.sound import Sound

PREFIX = "LAB-"

_PHOTOS = {".jpg": ("JPEG", "image/jpeg"), ".jpeg": ("JPEG", "image/jpeg"), ".png": ("PNG", "image/png")}
_CLIP = ".mp4"
_WITNESSES = 5
"""Frames of a clip in which the mark is read back before the file gets its name."""


def write_marked_photo(image_rgb: ImageRGB, path: Path, *, boxes: Iterable[Box]) -> Path:
    """Write a forged photo with banner, invisible mark and signed credentials; return where it is.

    Args:
        image_rgb: (H, W, 3) uint8, sides of 64 px or more.
        path: ``.jpg`` or ``.png``; the name gets the prefix ``LAB-`` where it lacks it. An existing file
            there is replaced whole, or not at all.
        boxes: the faces, x0 y0 x1 y1 in pixels; the banner keeps away from them.

    Raises UsageError for another kind of file, or when the picture cannot hold the invisible mark.
    """
    if path.suffix.lower() not in _PHOTOS:
        raise UsageError(f"A forged photo is written as .jpg or .png, but got {path.name!r}.")
    form, mime = _PHOTOS[path.suffix.lower()]
    height, width = image_rgb.shape[:2]
    marked = embed(banner_for(width, height, boxes).put_on(image_rgb))
    with _signed_into(path, mime) as (plain, target):
        Image.fromarray(marked).save(
            plain, form, **({"quality": 95, "subsampling": 0} if form == "JPEG" else {})
        )
        plain.seek(0)
        with Image.open(plain) as written:
            _demand_mark([_pixels(written)])
    return target


def write_marked_clip(
    frames: Iterable[ImageRGB],
    path: Path,
    *,
    frame_rate: Fraction | float,
    boxes: Iterable[Box],
    crf: int = 18,
    sound: Sound | None = None,
) -> Path:
    """Write a forged clip (H.264) with all marks in every frame; return where it is.

    Args:
        frames: (H, W, 3) uint8 pictures of one size, taken one by one; odd sizes lose a row or column.
        path: ``.mp4``; see `write_marked_photo`.
        frame_rate: frames per second.
        boxes: the faces of *all* frames, x0 y0 x1 y1 in pixels; the banner keeps away from them.
        crf: quality of the encoder, 0 (lossless) to 28 (the strongest that the mark is made for).
        sound: what is heard; None leaves it out.

    Raises UsageError for another kind of file, no frames, or frames that cannot hold the invisible mark.
    """
    if path.suffix.lower() != _CLIP:
        raise UsageError(f"A forged clip is written as .mp4, but got {path.name!r}.")
    if not 0 <= crf <= SURVIVED_CRF:
        raise UsageError(f"crf must be 0..{SURVIVED_CRF}, so that the marks survive, but got {crf}.")
    rest = iter(frames)
    first = list(islice(rest, TRIED_FRAMES))
    if not first:
        raise UsageError("A forged clip needs at least one frame, but got none.")
    height, width = first[0].shape[0] // 2 * 2, first[0].shape[1] // 2 * 2
    banner = banner_for(width, height, boxes)
    tried = [banner.put_on(frame[:height, :width]) for frame in first]
    strength = strength_for_clip(tried, rate=Fraction(frame_rate).limit_denominator(1001), crf=crf)
    cut = (frame[:height, :width] for frame in chain(first, rest))
    with _signed_into(path, "video/mp4") as (plain, target):
        encode(
            _marked(cut, banner, strength),
            plain,
            rate=frame_rate,
            options=crf_options("h264", crf),
            sound=sound,
        )
        plain.seek(0)
        _demand_mark(islice(decode_own(plain), _WITNESSES))
    return target


def _marked(frames: Iterable[ImageRGB], banner: Banner, strength: float) -> Iterator[ImageRGB]:
    for frame in frames:
        yield embed(banner.put_on(frame), strength=strength)


def _pixels(picture: Image.Image) -> ImageRGB:
    return np.asarray(picture.convert("RGB"))


def _demand_mark(frames: Iterable[ImageRGB]) -> None:
    if not find_lab_mark(frames).present:
        raise UsageError(
            "The picture is too small or too flat to hold the invisible mark, so it was not written. "
            "Forge a larger picture."
        )


@contextlib.contextmanager
def _signed_into(path: Path, mime: str) -> Iterator[tuple[BinaryIO, Path]]:
    """Lend a file to write the media into; on leaving, sign it into place under its telling name.

    An error inside leaves nothing behind.
    """
    target = path if path.name.startswith(PREFIX) else path.with_name(PREFIX + path.name)
    with replaced_whole(target) as signed_path, signed_path.with_name("plain").open("w+b") as plain:
        yield plain, target
        plain.seek(0)
        with signed_path.open("w+b") as signed:
            sign(plain, signed, mime=mime)
