"""Puts the invisible mark into a picture; `facewarden.cues.lab_mark` reads it."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.cues import lab_mark
from facewarden.cues.lab_mark import FREQUENCIES, GRID, MIN_SIDE_PX, find_lab_mark
from facewarden.errors import UsageError
from facewarden.media.frame import ImageRGB

STRENGTHS = (1.4, 2.0, 2.6, 3.1)
"""Root mean square of the change, in levels of 0..255: from a PSNR of 45.2 dB down to 38.3 dB."""

LAST_RESORT = 3.9
"""For small pictures of much texture that lose the mark otherwise, about one in a hundred: a PSNR of 36.3 dB."""

_SURVIVING_SCORE = 9.0
"""What should be left of the score after half size and JPEG 50: well above the threshold of the reader."""

_BARELY_SURVIVING_SCORE = 6.5
"""With less than that after the strongest of `STRENGTHS`, the last resort is taken."""

_LOW_PASS = 0.3
"""How far the change prefers frequencies where the picture itself is weak (0 not at all, 1 fully)."""

_MAX_CONTRAST = 30.0
"""Local contrast (standard deviation in levels) above which more texture hides no more change."""


def embed(image_rgb: ImageRGB, *, strength: float | None = None) -> ImageRGB:
    """Return a marked copy of a (H, W, 3) uint8 picture of the same size, at a PSNR of 38 dB or more.

    Where the mark would not outlive half size and JPEG 50 the PSNR goes down to 36 dB.

    Args:
        image_rgb: the picture.
        strength: root mean square of the change in levels, one of `STRENGTHS`; None takes the weakest that
            survives half size and JPEG 50 with a margin (`strength_for` says which; give it for the frames
            of a clip, that they are not measured one by one).

    Raises UsageError for pictures too small to hold the mark.
    """
    height, width = image_rgb.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise UsageError(
            f"A marked picture must have sides of {MIN_SIDE_PX} px or more, got {width}x{height}."
        )
    if strength is None:
        strength = strength_for(image_rgb)
    return _added(image_rgb, _change(image_rgb), strength)


def strength_for(image_rgb: ImageRGB) -> float:
    """Return the weakest of `STRENGTHS` that survives half size and JPEG 50 here, the strongest, or `LAST_RESORT`."""
    change = _change(image_rgb)
    left = 0.0
    for strength in STRENGTHS:
        left = find_lab_mark([_battered(_added(image_rgb, change, strength))]).score
        if left >= _SURVIVING_SCORE:
            return strength
    return STRENGTHS[-1] if left >= _BARELY_SURVIVING_SCORE else LAST_RESORT


def psnr_db(before: ImageRGB, after: ImageRGB) -> float:
    """Peak signal-to-noise ratio in decibels of two pictures of the same size; inf when they are equal."""
    error = float(np.mean(np.square(before.astype(np.float64) - after.astype(np.float64))))
    return float("inf") if error == 0.0 else 10.0 * float(np.log10(255.0**2 / error))


def _change(image_rgb: ImageRGB) -> npt.NDArray[np.float32]:
    """The (H, W) pattern for this picture, stronger where texture hides it, with a root mean square of 1."""
    height, width = image_rgb.shape[:2]
    # OpenCV's transform is that of `lab_mark.spectrum`, without threads that wait for each other on busy processors.
    spectrum = cv2.dct(lab_mark.luminance(image_rgb))[:FREQUENCIES, :FREQUENCIES]
    band = lab_mark.band()
    coefficients = np.zeros((GRID, GRID))
    coefficients[:FREQUENCIES, :FREQUENCIES][band] = (
        lab_mark.pattern() * lab_mark.magnitude(spectrum)[band] ** -_LOW_PASS
    )
    # Both factors vary slowly: multiplied on the grid they cost a fraction of what they would at full size.
    grid = cv2.idct(coefficients) * np.sqrt(1.0 + np.minimum(_contrast(image_rgb), _MAX_CONTRAST))
    change = _resized(grid.astype(np.float32), width, height)
    change *= np.sqrt(change.size) / cv2.norm(change)
    return change


def _contrast(image_rgb: ImageRGB) -> npt.NDArray[np.float32]:
    """Local standard deviation of the luminance over about a 28th of the shorter side, on the (GRID, GRID) grid."""
    height, width = image_rgb.shape[:2]
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    cell = max(4, min(height, width) // 28)
    columns, rows = width // cell, height // cell
    cells = grey[: rows * cell, : columns * cell]
    mean, mean_square = (
        cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA)
        for values in (cells, cv2.multiply(cells, cells))
    )
    spread = np.sqrt(np.maximum(mean_square - mean * mean, 0.0))
    return np.maximum(_resized(spread, GRID, GRID), 0.0)


def _added(image_rgb: ImageRGB, change: npt.NDArray[np.float32], strength: float) -> ImageRGB:
    """The picture with the change, rounded, the same in each channel; what leaves 0..255 is cut."""
    # Where one is added to, nothing is taken away: cutting after each step is cutting once.
    brighter, darker = (
        cv2.merge([cv2.convertScaleAbs(part, alpha=strength)] * 3)
        for part in (cv2.max(change, 0.0), cv2.min(change, 0.0))
    )
    return np.asarray(cv2.subtract(cv2.add(image_rgb, brighter), darker), np.uint8)


def _battered(image_rgb: ImageRGB) -> ImageRGB:
    """The picture at half size and JPEG 50; tiny ones keep their size, as nobody halves them again."""
    height, width = image_rgb.shape[:2]
    picture = Image.fromarray(image_rgb)
    if min(height, width) >= 2 * MIN_SIDE_PX:
        picture = picture.resize((width // 2, height // 2), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=50)
    with Image.open(stream) as battered:
        return np.asarray(battered.convert("RGB"))


def _resized(grid: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    rows, columns = grid.shape
    if width >= columns and height >= rows:
        return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    # OpenCV's cubic would alias where something gets smaller; Pillow's does not, at ten times the cost.
    return np.array(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC), np.float32)
