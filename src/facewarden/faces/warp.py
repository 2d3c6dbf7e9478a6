"""Cutting rotated, scaled squares out of a picture: the one way in which pixels of a face are resampled.

Pillow does the resampling. Training crops are cut by this same code, so that the network never meets one
resampler when it learns and another when it works.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.media.frame import ImageRGB

_OUTSIDE = 127

Affine = npt.NDArray[np.float64]
"""(2, 3) float64, maps (x, y, 1) in pixels of one picture to pixels of another (pixel centres at integers)."""


def cut(image_rgb: ImageRGB, to_crop: Affine, size: int) -> ImageRGB:
    """Resample the square of `size` pixels that the similarity `to_crop` (frame to crop) selects.

    Where the crop is smaller than the region it shows, the region is first reduced by a box filter of a whole
    factor (no aliasing); then it is sampled bilinearly. Outside the picture it is grey (a mirrored border would
    show half faces around a tightly cut one).

    Returns (size, size, 3) uint8.
    """
    plan = sampling(to_crop, size)
    picture = Image.fromarray(_region(image_rgb, *plan.box_xyxy))
    if plan.factor > 1:
        picture = picture.reduce(plan.factor)
    a, b, c, d, e, f = coefficients(to_crop, plan)
    square = picture.transform(
        (size, size), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )
    return np.asarray(square)


@dataclass(frozen=True, slots=True)
class Sampling:
    """What `cut` reads of a picture.

    Attributes:
        box_xyxy: x0 y0 x1 y1 in pixels; may reach beyond the picture.
        factor: by which this box is reduced before it is sampled.
    """

    box_xyxy: tuple[int, int, int, int]
    factor: int


def sampling(to_crop: Affine, size: int) -> Sampling:
    """What `cut` reads for a square of `size` pixels."""
    to_frame = invert(to_crop)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]], float) @ to_frame.T
    x0, y0 = np.floor(corners.min(0)).astype(int) - 2
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 3
    factor = max(1, int(np.hypot(to_frame[0, 0], to_frame[1, 0])))
    return Sampling((int(x0), int(y0), int(x1), int(y1)), factor)


def coefficients(to_crop: Affine, plan: Sampling) -> tuple[float, ...]:
    """(a, b, c, d, e, f) from places of the square to places of the reduced box, both with centres at +0.5:
    x = a u + b v + c, y = d u + e v + f."""
    x0, y0 = plan.box_xyxy[:2]
    return _pillow_coefficients(invert(to_crop), x0, y0, plan.factor)


def invert(affine: Affine) -> Affine:
    """The inverse of a (2, 3) affine map."""
    linear = np.linalg.inv(affine[:, :2])
    return np.hstack([linear, -linear @ affine[:, 2:]])


def apply(affine: Affine, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Map (N, 2) points."""
    return (points @ affine[:, :2].T + affine[:, 2]).astype(np.float32)


def similarity(source: npt.NDArray[np.floating], target: npt.NDArray[np.floating]) -> Affine:
    """The least-squares similarity (rotation, one scale, shift) that maps (N, 2) `source` onto `target`.

    Closed form in the complex plane; no reflection can come out (Umeyama 1991 without the reflected case).
    """
    s, t = source - source.mean(0), target - target.mean(0)
    z, w = s[:, 0] + 1j * s[:, 1], t[:, 0] + 1j * t[:, 1]
    turn = (np.conj(z) @ w) / (np.conj(z) @ z)
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    shift = target.mean(0) - linear @ source.mean(0)
    return np.hstack([linear, shift[:, None]])


def _pillow_coefficients(to_frame: Affine, x0: int, y0: int, factor: int) -> tuple[float, ...]:
    """Pillow maps output to input with pixel centres at +0.5; ours are at integers."""
    linear = to_frame[:, :2] / factor
    corner = to_frame[:, 2] - (x0, y0) + 0.5 - to_frame[:, :2] @ (0.5, 0.5)
    shift = corner / factor
    return (linear[0, 0], linear[0, 1], shift[0], linear[1, 0], linear[1, 1], shift[1])


def _region(image_rgb: ImageRGB, x0: int, y0: int, x1: int, y1: int) -> ImageRGB:
    height, width = image_rgb.shape[:2]
    inside = image_rgb[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        return np.ascontiguousarray(inside)
    region = np.full((y1 - y0, x1 - x0, 3), _OUTSIDE, np.uint8)
    top, left = max(-y0, 0), max(-x0, 0)
    region[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return region
