"""A face swap from one photo, as live one-photo programs do it, but by geometry alone: nothing is trained.

The face of the photo is warped to the mesh of the face in the frame (pose and expression follow the frame), takes
on its colours, is rendered in an aligned square of a few pixels (the "core"), and is pasted back through the
inverse of the alignment under a mask with a blurred edge. The traces are those of the real programs: a core of
few pixels, a seam, colours that nearly match, and geometry that jitters from frame to frame.

Everything stays in memory. `facewarden.lab.marks.marked` is the one way to a file.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask, hull, transfer_colour, warp_to_mesh
from facewarden.media.frame import ImageRGB

_MIN_CORE_PX, _MAX_CORE_PX = 32, 1024
_SOURCE_PX = 512
_EDGE = 0.035
"""Sigma of the mask's blurred edge, relative to the core's side."""

_INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)


class OnePhotoSwap:
    """Puts the face of one photo onto faces of other pictures.

    Example:
        >>> swap = OnePhotoSwap(source_rgb, core_px=128, mask="ellipse", colour="lab")  # doctest: +SKIP
        >>> swapped_rgb, mask = swap.apply(frame_rgb, mesh_face)  # doctest: +SKIP
    """

    def __init__(
        self,
        source_image_rgb: ImageRGB,
        *,
        core_px: int | None = 128,
        mask: Literal["ellipse", "hull"] = "ellipse",
        colour: Literal["mean", "lab", "none"] = "lab",
        own_mouth: bool = False,
    ) -> None:
        """Find and align the largest face of `source_image_rgb` (H, W, 3).

        Args:
            source_image_rgb: the one photo.
            core_px: side of the aligned square in which the face is rendered, 32..1024; None takes as many
                pixels as the face has in the frame.
            mask: ``ellipse`` or ``hull`` of the landmarks.
            colour: ``mean`` (RGB), ``lab`` (mean and spread) or ``none``.
            own_mouth: leave what is between the lips as it is in the frame (teeth, tongue).

        Raises:
            UsageError: where no face is found, or `core_px` is out of range.
        """
        if core_px is not None and not _MIN_CORE_PX <= core_px <= _MAX_CORE_PX:
            raise UsageError(f"core_px must be {_MIN_CORE_PX}..{_MAX_CORE_PX} or None, but got {core_px}.")
        faces = FaceFinder().find(source_image_rgb, thorough=True, last_resort=True)
        if not faces:
            raise UsageError(
                "No face was found in the source photo; take one with a face seen from the front."
            )
        largest = max(faces, key=lambda face: float(np.prod(face.box_xyxy[2:] - face.box_xyxy[:2])))
        self._source = _aligned(source_image_rgb, largest, _SOURCE_PX)
        self._core_px = core_px
        self._mask = mask
        self._colour = colour
        self._own_mouth = own_mouth

    def apply(self, frame_image_rgb: ImageRGB, face: MeshFace) -> tuple[ImageRGB, Mask]:
        """Swap `face`, found in `frame_image_rgb` (H, W, 3); the frame is not changed.

        Returns:
            The swapped picture, (H, W, 3) uint8, and the (H, W) mask; where the mask is 0 the picture is as it was.
        """
        size = self._core_px or _native_px(face)
        target = _aligned(frame_image_rgb, face, size)
        mask = self._paste_mask(target.landmarks, size)
        warped = warp_to_mesh(self._source, target.landmarks, size=size)
        core = transfer_colour(warped, target.image_rgb, mask, how=self._colour)
        return _pasted(frame_image_rgb, core, mask, _to_core(face, size))

    def _paste_mask(self, landmarks: npt.NDArray[np.float32], size: int) -> Mask:
        shape = _ellipse(landmarks, size) if self._mask == "ellipse" else hull(landmarks, size, grow=0.92)
        mask = cv2.GaussianBlur(shape, (0, 0), _EDGE * size)
        if self._own_mouth:
            lips = hull(landmarks[list(_INNER_LIPS)], size, grow=1.0)
            mask = mask * (1 - cv2.GaussianBlur(lips, (0, 0), 0.006 * size))
        # The blur never ends by itself; a pixel is either part of the swap or untouched.
        return np.where(mask < 0.01, 0, np.minimum(mask, 1)).astype(np.float32)


def _to_core(face: MeshFace, size: int) -> warp.Affine:
    return align.crop_transform(face.landmarks) * (size / CROP_SIZE)


def _aligned(image_rgb: ImageRGB, face: MeshFace, size: int) -> AlignedFace:
    to_core = _to_core(face, size)
    return AlignedFace(warp.cut(image_rgb, to_core, size), warp.apply(to_core, face.landmarks[:, :2]))


def _native_px(face: MeshFace) -> int:
    to_crop = align.crop_transform(face.landmarks)
    side = CROP_SIZE / float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    return int(np.clip(round(side), _MIN_CORE_PX, _MAX_CORE_PX))


def _ellipse(landmarks: npt.NDArray[np.float32], size: int) -> Mask:
    low, high = landmarks.min(0), landmarks.max(0)
    mask = np.zeros((size, size), np.float32)
    centre = tuple(float(v) for v in (low + high) / 2)
    extent = tuple(float(v) for v in (high - low) * 0.92)
    cv2.ellipse(mask, (centre, extent, 0.0), 1.0, -1)
    return mask


def _pasted(
    frame_image_rgb: ImageRGB, core: ImageRGB, mask: Mask, to_core: warp.Affine
) -> tuple[ImageRGB, Mask]:
    """Paste through the inverse alignment, at the frame's resolution; only the face's rectangle is touched."""
    height, width = frame_image_rgb.shape[:2]
    size = core.shape[0]
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    placed = warp.apply(warp.invert(to_core), corners)
    x0, y0 = np.clip(np.floor(placed.min(0)).astype(int) - 1, 0, (width, height))
    x1, y1 = np.clip(np.ceil(placed.max(0)).astype(int) + 2, 0, (width, height))
    whole = np.zeros((height, width), np.float32)
    swapped = frame_image_rgb.copy()
    if x1 <= x0 or y1 <= y0:
        return swapped, whole
    # OpenCV asks where each pixel of the result comes from: the alignment itself, shifted to the rectangle.
    pull = to_core.copy()
    pull[:, 2] += to_core[:, :2] @ np.array([x0, y0], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    room = (int(x1 - x0), int(y1 - y0))
    face = cv2.warpAffine(core, pull, room, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    weight = np.clip(cv2.warpAffine(mask, pull, room, flags=flags), 0, 1)
    before = swapped[y0:y1, x0:x1]
    mixed = before + weight[..., None] * (face.astype(np.float32) - before)
    swapped[y0:y1, x0:x1] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    whole[y0:y1, x0:x1] = weight
    return swapped, whole
