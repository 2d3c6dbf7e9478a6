"""Move the face of a still picture as another moves: what programs that animate a portrait do before they render."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.faces import warp
from facewarden.media.frame import ImageRGB

_CELL_PX = 8
_REACH = 0.06
"""How far a landmark pulls at the skin about it, as a share of the height of the face."""
_STILL = 0.5
"""What holds the picture in its place: where the pull of all landmarks is this (on the face it is some 25), half of
their shift is lost."""


def animated(
    picture_rgb: ImageRGB,
    landmarks: npt.NDArray[np.float32],
    like: npt.NDArray[np.float32],
    *,
    amount: float,
) -> tuple[ImageRGB, npt.NDArray[np.float32]]:
    """The picture with its face in the pose and with the expression of another's, and where the landmarks went.

    The other face is first laid over this one (turned, scaled and shifted), so that only how it is bent is taken. The
    skin follows the landmarks, its surroundings less and less, the far background not at all.

    Args:
        picture_rgb: (H, W, 3) uint8.
        landmarks: (N, >= 2), those of its face in pixels; further columns are kept as they are.
        like: (N, >= 2), those of the other, in pixels of any picture.
        amount: how much of the way, from 0 to 1.
    """
    own = landmarks[:, :2].astype(np.float64)
    laid = warp.apply(warp.similarity(like[:, :2].astype(np.float64), own), like[:, :2])
    moved = own + amount * (laid - own)
    height, width = picture_rgb.shape[:2]
    field = _field(moved, own - moved, (height, width), reach_px=_REACH * float(np.ptp(own[:, 1])))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    picture = cv2.remap(
        picture_rgb,
        columns + field[..., 0],
        rows + field[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    after = landmarks.copy()
    after[:, :2] = moved
    return picture, after


def _field(
    points: npt.NDArray[np.float64],
    shifts: npt.NDArray[np.float64],
    shape: tuple[int, int],
    *,
    reach_px: float,
) -> npt.NDArray[np.float32]:
    """(H, W, 2): the shifts (N, 2), known at `points` (N, 2), spread over the picture, fading away from them."""
    height, width = shape
    rows, columns = np.mgrid[: height + _CELL_PX : _CELL_PX, : width + _CELL_PX : _CELL_PX]
    grid = np.stack([columns.ravel(), rows.ravel()], axis=1)
    squared = ((grid[:, None] - points[None]) ** 2).sum(-1)
    # A little of the pull reaches four times as far: hair and ears come along.
    weights = np.exp(-squared / (2 * reach_px**2)) + 0.02 * np.exp(-squared / (2 * (4 * reach_px) ** 2))
    spread = weights @ shifts / (weights.sum(1, keepdims=True) + _STILL)
    coarse = spread.reshape(*rows.shape, 2).astype(np.float32)
    down, along = np.mgrid[:height, :width].astype(np.float32) / _CELL_PX
    return cv2.remap(coarse, along, down, cv2.INTER_LINEAR)
