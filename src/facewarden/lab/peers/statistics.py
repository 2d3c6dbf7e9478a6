"""What a picture shows of itself without anybody in it being looked at: spectra and plain statistics. numpy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facewarden.media.frame import ImageRGB

Floats = npt.NDArray[np.float64]
SPECTRUM_BINS = 32
_SCALES_PX = (1, 2, 4, 8)
_MIN_SHARE = 0.02
_MIN_SIDE_PX = 16


def radial_spectrum(image_rgb: ImageRGB) -> Floats:
    """(32,) the shape of the power spectrum: log of the mean power by frequency, from coarse to half the sampling rate.

    Frequencies are relative to the picture's own pixels, so that pictures of any size compare; the mean over all of
    them is taken away, so that contrast does not count. Generators leave peaks and slopes of their own there (Durall
    et al. 2020, "Watch your Up-Convolution"). NaN where a side is below 16 px.
    """
    grey = image_rgb.astype(np.float64).mean(2)
    height, width = grey.shape
    if min(height, width) < _MIN_SIDE_PX:
        return np.full(SPECTRUM_BINS, np.nan)
    window = np.hanning(height)[:, None] * np.hanning(width)[None]
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    slots = np.clip((radius / 0.5 * SPECTRUM_BINS).astype(int), 0, SPECTRUM_BINS)
    # Small pictures have no frequency in some bins: those take their neighbours' value.
    sums = np.bincount(slots.ravel(), weights=power.ravel(), minlength=SPECTRUM_BINS + 1)[:SPECTRUM_BINS]
    counts = np.bincount(slots.ravel(), minlength=SPECTRUM_BINS + 1)[:SPECTRUM_BINS]
    seen = np.flatnonzero(counts)
    profile = np.interp(np.arange(SPECTRUM_BINS), seen, np.log(sums[seen] / counts[seen] + 1.0))
    return np.asarray(profile - profile.mean(), np.float64)


def surroundings(image_rgb: ImageRGB, box_xyxy: tuple[int, int, int, int]) -> dict[str, float]:
    """Statistics of the pixels of (H, W, 3) outside a box, and beyond its reach; empty where those are under 2 %.

    Colours, detail at four scales, saturation, what is nearly black or white, and the steps at the borders of 8 px
    blocks that JPEG leaves. No pixel within the box has any say.
    """
    x0, y0, x1, y1 = box_xyxy
    outside = np.ones(image_rgb.shape[:2], bool)
    reach = _SCALES_PX[-1]
    outside[max(0, y0 - reach) : y1 + reach, max(0, x0 - reach) : x1 + reach] = False
    if outside.mean() < _MIN_SHARE or min(outside.shape) < _MIN_SIDE_PX:
        return {}
    picture = image_rgb.astype(np.float64)
    grey = picture.mean(2)
    pixels = picture[outside]
    found = {"share": float(outside.mean())}
    for number, colour in enumerate("rgb"):
        found[f"{colour}_mean"] = float(pixels[:, number].mean())
        found[f"{colour}_spread"] = float(pixels[:, number].std())
    finer = grey
    for scale in _SCALES_PX:
        coarser = _boxed(grey, scale)
        found[f"detail_{scale}px"] = float(np.log((finer - coarser)[outside].std() + 0.1))
        finer = coarser
    found["saturation"] = float(np.ptp(pixels, axis=1).mean())
    found["black"] = float((grey[outside] < 8).mean())
    found["white"] = float((grey[outside] > 247).mean())
    for axis, name in ((0, "rows"), (1, "columns")):
        found[f"blocks_{name}"] = _blockiness(grey, outside, axis)
    return found


def _blockiness(grey: Floats, outside: npt.NDArray[np.bool_], axis: int) -> float:
    """The logarithm of the mean step across borders of 8 px blocks over that elsewhere."""
    steps = np.abs(np.diff(grey, axis=axis))
    both = np.logical_and(
        *(np.take(outside, range(first, outside.shape[axis] - 1 + first), axis) for first in (0, 1))
    )
    at_border = np.zeros(steps.shape[axis], bool)
    at_border[7::8] = True
    borders = at_border[:, None] if axis == 0 else at_border[None]
    on, off = steps[both & borders], steps[both & ~borders]
    return float(np.log((on.mean() + 0.1) / (off.mean() + 0.1))) if on.size and off.size else 0.0


def _boxed(grey: Floats, radius: int) -> Floats:
    """The mean over squares of 2 `radius` + 1 px, by running sums; the border is repeated."""
    side = 2 * radius + 1
    padded = np.pad(grey, radius, mode="edge")
    for axis in (0, 1):
        sums = np.cumsum(padded, axis=axis)
        sums = np.insert(sums, 0, 0.0, axis=axis)
        length = sums.shape[axis]
        padded = (np.take(sums, range(side, length), axis) - np.take(sums, range(length - side), axis)) / side
    return padded
