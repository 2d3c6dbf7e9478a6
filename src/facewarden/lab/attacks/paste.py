"""From an aligned square back into the frame: what every attack on faces ends with."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.faces import align, warp
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask
from facewarden.media.frame import ImageRGB


def to_square(face: MeshFace, size: int) -> warp.Affine:
    """The similarity from the frame to the aligned square of `size` pixels."""
    return align.crop_transform(face.landmarks) * (size / CROP_SIZE)


def aligned(image_rgb: ImageRGB, face: MeshFace, size: int) -> AlignedFace:
    """Cut the aligned square of `face` out of a frame."""
    to_core = to_square(face, size)
    return AlignedFace(warp.cut(image_rgb, to_core, size), warp.apply(to_core, face.landmarks[:, :2]))


def pasted(
    frame_image_rgb: ImageRGB, square: ImageRGB, mask: Mask, to_core: warp.Affine
) -> tuple[ImageRGB, Mask]:
    """Paste through the inverse alignment, at the frame's resolution; only the face's rectangle is touched.

    Returns the new frame, and the (H, W) mask; where that is 0 the frame is as it was.
    """
    height, width = frame_image_rgb.shape[:2]
    whole = np.zeros((height, width), np.float32)
    swapped = frame_image_rgb.copy()
    x0, y0, x1, y1 = _rectangle(square.shape[0], to_core, width, height)
    if x1 <= x0 or y1 <= y0:
        return swapped, whole
    # OpenCV asks where each pixel of the result comes from: the alignment itself, shifted to the rectangle.
    pull = to_core.copy()
    pull[:, 2] += to_core[:, :2] @ np.array([x0, y0], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    room = (x1 - x0, y1 - y0)
    face = cv2.warpAffine(square, pull, room, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    weight = np.clip(cv2.warpAffine(mask, pull, room, flags=flags), 0, 1)
    before = swapped[y0:y1, x0:x1]
    mixed = before + weight[..., None] * (face.astype(np.float32) - before)
    swapped[y0:y1, x0:x1] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    whole[y0:y1, x0:x1] = weight
    return swapped, whole


def _rectangle(size: int, to_core: warp.Affine, width: int, height: int) -> tuple[int, int, int, int]:
    corners: npt.NDArray[np.float64] = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    placed = warp.apply(warp.invert(to_core), corners)
    x0, y0 = np.clip(np.floor(placed.min(0)).astype(int) - 1, 0, (width, height))
    x1, y1 = np.clip(np.ceil(placed.max(0)).astype(int) + 2, 0, (width, height))
    return int(x0), int(y0), int(x1), int(y1)
