"""Whether two pictures at hand are one: keypoints of both, compared in memory and never kept.

Pictures can be rebuilt recognisably from keypoints, so nothing enrolled is compared in this way. It is for whoever
holds both files, and nothing of them outlives the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.errors import UsageError
from facewarden.matching.borders import Box
from facewarden.media.frame import ImageRGB

LEAST_KEYPOINTS = 25
"""A picture with fewer is not compared: `low_detail`."""

LEAST_AGREEING = 12
"""So many keypoints agree in copies; in a few pairs of other pictures, too, but close together: docs/matching.md."""

LEAST_SPREAD = 0.20
"""So much of the smaller picture lies among the agreeing keypoints, or both share a part only, such as a logo."""

_MOST_KEYPOINTS = 1_500
_MOST_SIDE, _LEAST_SIDE = 1_024, 512
_CONTRAST = 0.02
_RATIO = 0.85
_OFF_PX = 4.0
_TRIES = 5_000
_LARGEST, _STRETCH = 32.0, 2.0

_Floats = npt.NDArray[np.float32]
_Matrix = npt.NDArray[np.float64]

_CELLS, _DIRECTIONS = 4, 8
_MIRRORED = (
    np.arange(_CELLS**2 * _DIRECTIONS)
    .reshape(_CELLS, _CELLS, _DIRECTIONS)[::-1, :, -np.arange(_DIRECTIONS)]
    .ravel()
)
"""How the numbers of a descriptor change places when the picture is mirrored: what lies beside the keypoint's direction
changes sides, and directions turn the other way."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Those of one picture.

    Attributes:
        xy: (N, 2) float32, in pixels of the picture as it was given.
        descriptors: (N, 128) float32 of length 1.
        width, height: of the picture in pixels.
    """

    xy: _Floats
    descriptors: _Floats
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def enough(self) -> bool:
        return len(self) >= LEAST_KEYPOINTS


@dataclass(frozen=True, slots=True)
class Agreement:
    """How another picture lies on an original, if it is a copy.

    Attributes:
        keypoints: how many agree.
        shown: the part of the original that the other one shows.
        spread: how much of the smaller picture lies among the agreeing keypoints.
        mirrored: whether the other one is mirrored, left to right, before it is turned.
        turned_deg: by how much it is turned clockwise, -180 to 180.
        scale: sides in the other one over sides in the original, both in pixels.
    """

    keypoints: int
    shown: Box
    spread: float
    mirrored: bool
    turned_deg: float
    scale: float

    @property
    def same(self) -> bool:
        """Whether the pictures are one, rather than two that share a part."""
        return self.keypoints >= LEAST_AGREEING and self.spread >= LEAST_SPREAD


def needs_opencv() -> None:
    """Raise UsageError where OpenCV is not installed."""
    _opencv()


def keypoints_of(image_rgb: ImageRGB) -> Keypoints:
    """The strongest keypoints of a picture, 1,500 at most. Raises UsageError where OpenCV is not installed."""
    cv2 = _opencv()
    height, width = image_rgb.shape[:2]
    longer = max(width, height)
    factor = min(1.0, _MOST_SIDE / longer) if longer > _LEAST_SIDE else _LEAST_SIDE / longer
    size = max(1, round(width * factor)), max(1, round(height * factor))
    grey = np.asarray(Image.fromarray(image_rgb).convert("L").resize(size, Image.Resampling.BICUBIC))
    finder = cv2.SIFT_create(nfeatures=_MOST_KEYPOINTS, contrastThreshold=_CONTRAST)
    found, numbers = finder.detectAndCompute(grey, None)
    # Of equally strong ones OpenCV keeps all.
    found = found[:_MOST_KEYPOINTS]
    xy = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    xy = ((xy + 0.5) * (np.array([width, height]) / np.array(size))).astype(np.float32)
    if not len(found):
        return Keypoints(xy, np.empty((0, _MIRRORED.size), np.float32), width, height)
    numbers = np.asarray(numbers[:_MOST_KEYPOINTS], np.float32)
    total = np.maximum(numbers.sum(axis=1, keepdims=True), 1e-6)
    return Keypoints(xy, np.sqrt(numbers / total), width, height)


def agreement_of(original: Keypoints, other: Keypoints) -> Agreement | None:
    """The better of the agreements with the other picture as it is, and mirrored; None where there is none."""
    found = [each for mirrored in (False, True) if (each := _laid(original, other, mirrored=mirrored))]
    return max(found, key=lambda each: each.keypoints, default=None)


def _laid(original: Keypoints, other: Keypoints, *, mirrored: bool) -> Agreement | None:
    descriptors = other.descriptors[:, _MIRRORED] if mirrored else other.descriptors
    ours, theirs = _pairs(original.descriptors, descriptors)
    if len(ours) < 3:
        return None
    # Pixels of both are made about as large: sides of 1, times what a reduced picture has.
    unit, other_unit = (_MOST_SIDE / max(each.width, each.height) for each in (original, other))
    on, off = original.xy[ours] * unit, other.xy[theirs] * other_unit
    matrix, inside = _opencv().estimateAffine2D(
        off,
        on,
        method=_opencv().USAC_MAGSAC,
        ransacReprojThreshold=_OFF_PX,
        maxIters=_TRIES,
        confidence=0.999,
    )
    if matrix is None or not _plausible(matrix, mirrored=mirrored):
        return None
    agreeing = inside.ravel().astype(bool)
    # Many keypoints may lie on one spot, with several directions.
    count = len(np.unique(np.round(on[agreeing] / _OFF_PX), axis=0))
    corners = (
        np.array([[0, 0], [other.width, 0], [other.width, other.height], [0, other.height]]) * other_unit
    )
    return _agreement(original, matrix, corners, on[agreeing], count, unit, other_unit, mirrored=mirrored)


def _agreement(
    original: Keypoints,
    matrix: _Matrix,
    corners: _Matrix,
    agreeing: _Floats,
    count: int,
    unit: float,
    other_unit: float,
    *,
    mirrored: bool,
) -> Agreement | None:
    cv2 = _opencv()
    whole = np.array([original.width, original.height]) * unit
    frame = np.array([[0, 0], [whole[0], 0], whole, [0, whole[1]]], np.float32)
    laid = (corners @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    _, both = cv2.intersectConvexConvex(frame, laid)
    if both is None:
        return None
    among, smaller = cv2.contourArea(cv2.convexHull(agreeing)), min(map(cv2.contourArea, (frame, laid)))
    low, high = both.reshape(-1, 2).min(axis=0) / whole, both.reshape(-1, 2).max(axis=0) / whole
    x0, y0, x1, y1 = np.clip([*low, *high], 0.0, 1.0).tolist()
    turn = np.linalg.inv(matrix[:, :2]) @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    return Agreement(
        keypoints=count,
        shown=Box(x0, y0, x1, y1),
        spread=min(1.0, float(among / smaller)),
        mirrored=mirrored,
        turned_deg=float(np.degrees(np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))),
        scale=float(unit / other_unit / np.sqrt(abs(np.linalg.det(matrix[:, :2])))),
    )


def _pairs(ours: _Floats, theirs: _Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which descriptors are each other's nearest, and clearly nearer than the next."""
    if len(ours) < 2 or len(theirs) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    far = np.maximum(0.0, 2 - 2 * ours @ theirs.T)
    nearest, back = far.argmin(axis=1), far.argmin(axis=0)
    rows = np.flatnonzero(back[nearest] == np.arange(len(ours)))
    columns = nearest[rows]
    best = far[rows, columns]
    far[rows, columns] = np.inf
    kept = best < _RATIO**2 * np.minimum(far[rows].min(axis=1), far.min(axis=0)[columns])
    return rows[kept], columns[kept]


def _plausible(matrix: _Matrix, *, mirrored: bool) -> bool:
    """Whether it is what people do to pictures: turned, scaled, and stretched a little; mirrored as was asked."""
    if not np.isfinite(matrix).all() or bool(np.linalg.det(matrix[:, :2]) < 0) != mirrored:
        return False
    larger, smaller = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(smaller > 0 and larger <= _STRETCH * smaller and smaller > 1 / _LARGEST and larger < _LARGEST)


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise UsageError(
            "To compare keypoints, OpenCV is needed, which comes with the extra [compare] (150 MB on disk): "
            "pip install 'facewarden[compare]'"
        ) from error
    return cv2
