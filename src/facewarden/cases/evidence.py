"""Reading the evidence of a case, where a person asks for what only that can tell; the vault logs it first.

The file stays in memory: no unencrypted byte of it reaches the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.errors import FacewardenError, UsageError
from facewarden.media.opening import open_media
from facewarden.vault.vault import Vault

if TYPE_CHECKING:
    from facewarden.media.frame import ImageRGB

MOST_IN_MEMORY_BYTES = 512 << 20
"""Larger files are hashed, but not looked at."""

_LONGEST_SIDE_PX = 960
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Look:
    """What a reading of evidence gave.

    Attributes:
        pdq: 64 hex digits; None for a clip, and for what shows too little or cannot be decoded.
        jpeg: the picture, or the first frame, reduced; None unless it was asked for.
    """

    md5: str
    pdq: str | None
    jpeg: bytes | None = field(default=None, repr=False)


def look(vault: Vault, number: str, *, actor: str, reason: str, picture: bool = False) -> Look:
    """Read the evidence of a case once.

    Args:
        picture: whether it is wanted as a JPEG, too.

    Raises:
        UsageError: the vault does not hold it, or the picture was wanted and cannot be had.
        TamperedError: it is not what was taken.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    with _in_memory() as (descriptor, path):
        size = 0
        for chunk in vault.read(number, actor=actor, reason=reason):
            md5.update(chunk)
            size += len(chunk)
            if size <= MOST_IN_MEMORY_BYTES:
                _write(descriptor, chunk)
        shown, photo, why = (
            _first_picture(path) if size <= MOST_IN_MEMORY_BYTES else (None, False, "too large")
        )
    if picture and shown is None:
        raise UsageError(f"The picture of case {number} cannot be shown: {why}. Leave out --with-picture.")
    pdq = _pdq(shown) if shown is not None and photo else None
    return Look(md5.hexdigest(), pdq, _jpeg(shown) if picture and shown is not None else None)


@contextmanager
def _in_memory() -> Iterator[tuple[int, Path]]:
    if not hasattr(os, "memfd_create"):
        raise UsageError(
            "Evidence is looked at in memory, which this system does not offer. Use Linux for it."
        )
    descriptor = os.memfd_create("evidence", os.MFD_CLOEXEC)
    try:
        yield descriptor, Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _write(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _first_picture(path: Path) -> tuple[ImageRGB | None, bool, str]:
    """The picture or the first frame, whether it is a photo, and why there is none."""
    try:
        with open_media(path, frames_per_s=1.0) as media:
            for frame in media.frames():
                return frame.image_rgb, media.facts.kind == "photo", ""
    except FacewardenError as error:
        return None, False, error.reason
    return None, False, "it holds no picture"


def _pdq(image_rgb: ImageRGB) -> str | None:
    from facewarden.matching.pdq import pdq_of

    found = pdq_of(image_rgb)
    return found.hex if found.useful else None


def _jpeg(image_rgb: ImageRGB) -> bytes:
    from PIL import Image

    picture = Image.fromarray(image_rgb)
    picture.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
