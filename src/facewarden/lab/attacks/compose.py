"""From a generated core to a face that fits its frame: colours, mask, seam."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask, ellipse, hull, soft_edge, transfer_colour
from facewarden.media.frame import ImageRGB

Colour = Literal["none", "mean", "lab", "histogram", "poisson"]
Shape = Literal["hull", "ellipse", "learned"]
COLOURS: tuple[Colour, ...] = ("none", "mean", "lab", "histogram", "poisson")
SHAPES: tuple[Shape, ...] = ("hull", "ellipse", "learned")

_MARGIN = 0.02
"""The seam stays this far, in sides of the square, from its edge: nothing is known of what lies beyond."""


def composed(
    core: ImageRGB,
    target: AlignedFace,
    *,
    colour: Colour,
    shape: Shape,
    drawn: Mask | None = None,
    edge: float = 0.04,
) -> tuple[ImageRGB, Mask]:
    """Fit `core` (S, S, 3) to the face that it replaces.

    Args:
        target: the square that the core will be pasted over, of the same size.
        colour: transfer of colours; ``poisson`` solves for the gradients of the core with the target's border.
        shape: ``hull`` or ``ellipse`` of the landmarks, or ``learned``: what the generator drew, `drawn`.
        edge: sigma of the mask's blurred edge, in sides of the square.

    Returns:
        The square and its (S, S) mask. Raises ValueError where a learned mask is asked for and there is none.
    """
    size = core.shape[0]
    plain = _plain_mask(target, size, shape, drawn)
    square = _coloured(core, target.image_rgb, plain, colour)
    return square, soft_edge(_inside(plain), max(edge * size, 0.5))


def _plain_mask(target: AlignedFace, size: int, shape: Shape, drawn: Mask | None) -> Mask:
    if shape == "ellipse":
        return ellipse(target.landmarks, size)
    face = hull(target.landmarks, size, grow=0.94)
    if shape == "hull":
        return face
    if drawn is None:
        raise ValueError("a learned mask was asked for, but the generator drew none")
    # A generator that is not sure of itself draws holes; the largest piece, filled, is the face.
    pieces, _ = cv2.findContours((drawn > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(pieces, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < 0.3 * float(face.sum()):
        return face
    mask = np.zeros((size, size), np.float32)
    cv2.drawContours(mask, [largest], -1, 1.0, -1)
    return mask


def _inside(mask: Mask) -> Mask:
    """Pull the mask in, so that its blurred edge ends within the square."""
    rim = max(1, round(_MARGIN * mask.shape[0]))
    framed = mask.copy()
    framed[:rim] = framed[-rim:] = framed[:, :rim] = framed[:, -rim:] = 0
    return framed


def _coloured(core: ImageRGB, like: ImageRGB, mask: Mask, colour: Colour) -> ImageRGB:
    if colour == "histogram":
        return _matched(core, like, mask)
    if colour == "poisson":
        return _cloned(core, like, mask)
    return transfer_colour(core, like, mask, how=colour)


def _matched(core: ImageRGB, like: ImageRGB, mask: Mask) -> ImageRGB:
    """Give each channel under the mask the distribution of values that it has in `like`."""
    from skimage.exposure import match_histograms

    inside = mask > 0.5
    if inside.sum() < 50:
        return core
    matched = core.copy()
    values = match_histograms(core[inside][:, None], like[inside][:, None], channel_axis=-1)
    matched[inside] = np.clip(np.rint(values[:, 0]), 0, 255).astype(np.uint8)
    return matched


def _cloned(core: ImageRGB, like: ImageRGB, mask: Mask) -> ImageRGB:
    """Clone in the domain of gradients (Perez et al. 2003)."""
    binary = (_inside(mask) > 0.5).astype(np.uint8) * 255
    rows, columns = np.nonzero(binary)
    if len(rows) < 50:
        return core
    # OpenCV puts the middle of the mask's bounding box at the point that it is given.
    centre = (int(columns.min() + columns.max() + 1) // 2, int(rows.min() + rows.max() + 1) // 2)
    return np.asarray(cv2.seamlessClone(core, like, binary, centre, cv2.NORMAL_CLONE), np.uint8)
