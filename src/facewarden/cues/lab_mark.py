"""Recognises the invisible mark that the lab of this project puts into every forgery it makes.

The mark is a fixed pattern of signs over the mid and low frequencies of the luminance, on a grid that is
normalised to the picture's size, so scaling and re-encoding leave it readable. The detector whitens the
coefficients and correlates them with the pattern. For a picture without the mark the signs of the pattern are
as good as independent coin flips, so the score is close to a standard normal variable whatever the picture
shows. Cropping and rotating lose the mark: it is a courtesy to the honest, not a lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.media.frame import ImageRGB

GRID = 256
"""Side of the normalised grid; every picture is brought to GRID x GRID before it is read or marked."""

FREQUENCIES = 96
"""Lowest frequencies, along each axis, that are computed at all: the band and what is needed around it."""

THRESHOLD = 5.0
"""Score from which a picture counts as marked; below one in a million for a standard normal variable."""

MIN_SIDE_PX = 64
"""Pictures with a shorter side cannot hold the band."""

_SIGNATURE = b"facewarden lab forgery, version 1"
_BAND = (14.0, 88.0)
"""Radius of the band in half cycles across the picture: below lies the motif, above what JPEG 50 removes."""

_CLIP = 2.5
"""Whitened coefficients are cut here, so that no single strong edge can decide."""

_FLOOR = 4.0
"""Added to the local spectrum, so that the noise of a re-encoded flat picture is not blown up to a signal."""

_SMOOTHING = 9
"""Side of the neighbourhood, in coefficients, over which the picture's own spectrum is averaged."""

Spectrum = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabMark:
    """What was found of the mark.

    Attributes:
        score: standard deviations above what a picture without the mark shows.
        mirrored: the picture carries the mark mirrored left to right.
    """

    score: float
    mirrored: bool = False

    @property
    def present(self) -> bool:
        return self.score >= THRESHOLD


def find_lab_mark(frames: Iterable[ImageRGB]) -> LabMark:
    """Look for the mark in one picture, or in several frames of one clip together.

    Args:
        frames: (H, W, 3) uint8 pictures; a dozen of a clip are plenty. Frames with a side below
            `MIN_SIDE_PX` are passed over.

    Returns:
        The better of the readings as it is and mirrored; a score of 0.0 when there was nothing to read.
    """
    evidence = np.zeros(pattern().size)
    for frame in frames:
        if min(frame.shape[:2]) >= MIN_SIDE_PX:
            evidence += whitened(spectrum(luminance(frame)))
    strength = float(np.linalg.norm(evidence))
    if strength == 0.0:
        return LabMark(score=0.0)
    plain, mirrored = (float(evidence @ signs) / strength for signs in (pattern(), pattern() * _mirror()))
    return LabMark(score=max(plain, mirrored), mirrored=mirrored > plain)


def luminance(image_rgb: ImageRGB) -> npt.NDArray[np.float64]:
    """Return the (GRID, GRID) luminance in 0..255 of a (H, W, 3) uint8 picture, brought to that size."""
    grey = Image.fromarray(image_rgb).convert("L")
    return np.asarray(grey.resize((GRID, GRID), Image.Resampling.HAMMING), dtype=np.float64)


def spectrum(grid: npt.NDArray[np.float64]) -> Spectrum:
    """Return the low (FREQUENCIES, FREQUENCIES) part of the cosine transform of a (GRID, GRID) picture."""
    basis = cosines()
    return basis @ grid @ basis.T


def magnitude(coefficients: Spectrum) -> Spectrum:
    """Return the picture's own local spectrum: root mean square of the neighbourhood, above a floor."""
    power = _box_mean(np.square(coefficients))
    return np.asarray(np.sqrt(power + _FLOOR**2), dtype=np.float64)


def whitened(coefficients: Spectrum) -> npt.NDArray[np.float64]:
    """Return the coefficients of the band, divided by the local spectrum and clipped: (n,) in -2.5..2.5."""
    ratio = coefficients[band()] / magnitude(coefficients)[band()]
    return np.clip(ratio, -_CLIP, _CLIP)


@cache
def cosines() -> Spectrum:
    """The first rows of the orthonormal DCT-II matrix, (FREQUENCIES, GRID), one frequency a row."""
    frequency, place = np.mgrid[0:FREQUENCIES, 0:GRID]
    matrix = np.cos(np.pi * (place + 0.5) * frequency / GRID) * np.sqrt(2.0 / GRID)
    matrix[0] /= np.sqrt(2.0)
    return np.asarray(matrix, dtype=np.float64)


@cache
def band() -> npt.NDArray[np.bool_]:
    """The frequencies that carry the mark, as a (FREQUENCIES, FREQUENCIES) mask."""
    vertical, horizontal = np.mgrid[0:FREQUENCIES, 0:FREQUENCIES]
    radius = np.hypot(vertical, horizontal)
    return np.asarray((radius >= _BAND[0]) & (radius < _BAND[1]))


@cache
def pattern() -> npt.NDArray[np.float64]:
    """The signs of the mark over the band: (n,) of -1.0 and 1.0, the same on every machine for ever."""
    count = int(band().sum())
    bits = np.unpackbits(np.frombuffer(hashlib.shake_256(_SIGNATURE).digest(count // 8 + 1), dtype=np.uint8))
    return np.where(bits[:count] == 1, 1.0, -1.0)


@cache
def _mirror() -> npt.NDArray[np.float64]:
    horizontal = np.mgrid[0:FREQUENCIES, 0:FREQUENCIES][1][band()]
    return np.where(horizontal % 2 == 0, 1.0, -1.0)


def _box_mean(values: Spectrum) -> Spectrum:
    """Mean over a square neighbourhood, by running sums along both axes."""
    reach = _SMOOTHING // 2
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(values, padding, mode="reflect"), axis=axis)
        upper = np.take(sums, range(_SMOOTHING, FREQUENCIES + _SMOOTHING), axis=axis)
        values = (upper - np.take(sums, range(FREQUENCIES), axis=axis)) / _SMOOTHING
    return values
