"""What attacks by the mesh share: an aligned face, its warp to another mesh, its colours, its hull."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.media.frame import ImageRGB

Mask = npt.NDArray[np.float32]
"""(H, W) float32 in [0, 1]: how much of each pixel was forged."""


@dataclass(frozen=True, slots=True)
class AlignedFace:
    """An aligned crop with its landmarks: `image_rgb` (S, S, 3) uint8, `landmarks` (468, 2) in its pixels."""

    image_rgb: ImageRGB
    landmarks: npt.NDArray[np.float32]


def warp_to_mesh(source: AlignedFace, target: npt.NDArray[np.float32], *, size: int) -> ImageRGB:
    """Warp `source` so that its landmarks fall on `target` (468, 2); (size, size, 3) uint8.

    Linear between landmarks, on a grid of 4 px, beyond the mesh continued by the nearest landmark's shift.
    `size` may differ from the source's.
    """
    shift = (source.landmarks - target).astype(np.float64)
    cells = size // 4
    moved = _interpolated(target.astype(np.float64), shift, step=size / cells, cells=cells)
    field = cv2.resize(moved.astype(np.float32), (size, size))
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    return cv2.remap(
        source.image_rgb,
        columns + field[..., 0],
        rows + field[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )


def _interpolated(
    points: npt.NDArray[np.float64], values: npt.NDArray[np.float64], *, step: float, cells: int
) -> npt.NDArray[np.float64]:
    """`values` (N, 2), known at `points` (N, 2), on a grid of `cells` x `cells` points `step` apart.

    Linear over the Delaunay triangles, beyond them the nearest value. What SciPy's own interpolator does, but that
    inverts each triangle's matrix by a library whose threads, on busy processors, wait for each other for seconds.
    """
    from scipy.interpolate import NearestNDInterpolator
    from scipy.spatial import Delaunay

    triangles = Delaunay(points).simplices
    corners = (points[triangles] + 0.5) / step - 0.5  # in cells of the grid
    low = np.clip(np.ceil(corners.min(1)), 0, cells).astype(int)
    extent = np.clip(np.floor(corners.max(1)).astype(int) + 1 - low, 0, cells - low)
    # Every cell within the box around every triangle: `owner` is the triangle, `x` and `y` the cell.
    count = extent[:, 0] * extent[:, 1]
    owner = np.repeat(np.arange(len(triangles)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    x = low[owner, 0] + place % extent[owner, 0]
    y = low[owner, 1] + place // extent[owner, 0]
    weights = _barycentric(corners[owner], np.stack([x, y], axis=1))
    inside = weights.min(1) >= -1e-9
    out = np.full((cells, cells, 2), np.nan)
    out[y[inside], x[inside]] = np.einsum("nk,nkc->nc", weights[inside], values[triangles[owner[inside]]])
    rows, columns = np.nonzero(np.isnan(out[..., 0]))
    beyond = (np.stack([columns, rows], axis=1) + 0.5) * step - 0.5
    out[rows, columns] = NearestNDInterpolator(points, values)(beyond)
    return out


def _barycentric(
    corners: npt.NDArray[np.float64], places: npt.NDArray[np.integer]
) -> npt.NDArray[np.float64]:
    """(N, 3) weights of the (N, 3, 2) corners at (N, 2) places; below 0 outside, NaN in a flat triangle."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, places - a
    with np.errstate(divide="ignore", invalid="ignore"):
        area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        second = (ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / area
        third = (ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / area
    return np.stack([1 - second - third, second, third], axis=1)


def transfer_colour(image: ImageRGB, like: ImageRGB, mask: Mask, *, how: str) -> ImageRGB:
    """Give `image` the colours of `like` under `mask`: ``mean`` (RGB means), ``lab`` (mean and spread in Lab)."""
    inside = mask > 0.5
    if how == "none" or inside.sum() < 50:
        return image
    if how == "mean":
        shift = like[inside].mean(0) - image[inside].mean(0)
        return np.clip(image + shift, 0, 255).astype(np.uint8)
    a, b = (cv2.cvtColor(x, cv2.COLOR_RGB2LAB).astype(np.float32) for x in (image, like))
    spread = np.clip(b[inside].std(0) / (a[inside].std(0) + 1e-3), 0.5, 2.0)
    a = (a - a[inside].mean(0)) * spread + b[inside].mean(0)
    return cv2.cvtColor(np.clip(a, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def ellipse(landmarks: npt.NDArray[np.float32], size: int, *, grow: float = 0.92) -> Mask:
    """The ellipse around (N, 2) `landmarks` in a square of `size`: 1 inside, 0 outside."""
    low, high = landmarks.min(0), landmarks.max(0)
    centre, extent = (low + high) / 2, (high - low) * grow
    mask = np.zeros((size, size), np.float32)
    box = ((float(centre[0]), float(centre[1])), (float(extent[0]), float(extent[1])), 0.0)
    cv2.ellipse(mask, box, 1.0, -1)
    return mask


def soft_edge(mask: Mask, sigma: float) -> Mask:
    """Blur the mask's edge; the blur never ends by itself, so a pixel is either part of the forgery or untouched."""
    soft = cv2.GaussianBlur(mask, (0, 0), sigma)
    return np.where(soft < 0.01, 0, np.minimum(soft, 1)).astype(np.float32)


def hull(points: npt.NDArray[np.float32], size: int, *, grow: float) -> Mask:
    """The convex hull of (N, 2) `points`, scaled by `grow` around their mean: 1 inside, 0 outside."""
    centre = points.mean(0)
    outline = cv2.convexHull(((points - centre) * grow + centre).astype(np.float32))
    mask = np.zeros((size, size), np.float32)
    cv2.fillConvexPoly(mask, outline.astype(np.int32), 1.0)
    return mask
