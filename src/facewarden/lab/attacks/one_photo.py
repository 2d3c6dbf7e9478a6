"""A face swap from one photo, as live one-photo programs do it, but by geometry alone: nothing is trained.

The face of the photo is warped to the mesh of the face in the frame (pose and expression follow the frame), takes
on its colours, is rendered in an aligned square of a few pixels (the "core"), and is pasted back through the
inverse of the alignment under a mask with a blurred edge. The traces are those of the real programs: a core of
few pixels, a seam, colours that nearly match, and geometry that jitters from frame to frame.

Everything stays in memory. `facewarden.lab.marks.marked` is the one way to a file.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.mesh_warp import Mask, ellipse, hull, transfer_colour, warp_to_mesh
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.media.frame import ImageRGB

_MIN_CORE_PX, _MAX_CORE_PX = 32, 1024
_SOURCE_PX = 512
_EDGE = 0.035
"""Sigma of the mask's blurred edge, relative to the core's side."""

_BYSTANDER = 0.5
"""Faces of less than this share of the height of the largest stand in the background, and are not meant."""

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
        """Find and align the face of `source_image_rgb` (H, W, 3).

        Args:
            source_image_rgb: the one photo.
            core_px: side of the aligned square in which the face is rendered, 32..1024; None takes as many
                pixels as the face has in the frame.
            mask: ``ellipse`` or ``hull`` of the landmarks.
            colour: ``mean`` (RGB), ``lab`` (mean and spread) or ``none``.
            own_mouth: leave what is between the lips as it is in the frame (teeth, tongue).

        Raises:
            UsageError: where no face is found or several of like size are, or `core_px` is out of range.
        """
        if core_px is not None and not _MIN_CORE_PX <= core_px <= _MAX_CORE_PX:
            raise UsageError(f"core_px must be {_MIN_CORE_PX}..{_MAX_CORE_PX} or None, but got {core_px}.")
        faces = _finder(threading.get_ident()).find(source_image_rgb, thorough=True, last_resort=True)
        if not faces:
            raise UsageError(
                "No face was found in the source photo; take one with a face seen from the front."
            )
        self._source = aligned(source_image_rgb, _only_one(faces), _SOURCE_PX)
        self._core_px = core_px
        self._mask = mask
        self._colour = colour
        self._own_mouth = own_mouth

    def apply(self, frame_image_rgb: ImageRGB, face: MeshFace) -> tuple[ImageRGB, Mask]:
        """Swap `face`, found in `frame_image_rgb` (H, W, 3); the frame is not changed.

        Returns:
            The swapped picture, (H, W, 3) uint8, and the (H, W) mask; where the mask is 0 the picture is as it was.
        """
        core, mask, to_core = self.render(frame_image_rgb, face)
        return pasted(frame_image_rgb, core, mask, to_core)

    def render(self, frame_image_rgb: ImageRGB, face: MeshFace) -> tuple[ImageRGB, Mask, warp.Affine]:
        """The swapped face as an aligned square before it is pasted: (S, S, 3), its (S, S) mask, frame to square."""
        size = self._core_px or _native_px(face)
        target = aligned(frame_image_rgb, face, size)
        mask = self._paste_mask(target.landmarks, size)
        warped = warp_to_mesh(self._source, target.landmarks, size=size)
        core = transfer_colour(warped, target.image_rgb, mask, how=self._colour)
        return core, mask, to_square(face, size)

    def _paste_mask(self, landmarks: npt.NDArray[np.float32], size: int) -> Mask:
        shape = ellipse(landmarks, size) if self._mask == "ellipse" else hull(landmarks, size, grow=0.92)
        mask = cv2.GaussianBlur(shape, (0, 0), _EDGE * size)
        if self._own_mouth:
            lips = hull(landmarks[list(_INNER_LIPS)], size, grow=1.0)
            mask = mask * (1 - cv2.GaussianBlur(lips, (0, 0), 0.006 * size))
        # The blur never ends by itself; a pixel is either part of the swap or untouched.
        return np.where(mask < 0.01, 0, np.minimum(mask, 1)).astype(np.float32)


def _only_one(faces: Sequence[MeshFace]) -> MeshFace:
    """The largest face. Raises UsageError where another is nearly as large: it must be known whose consent it takes."""
    heights = [float(face.box_xyxy[3] - face.box_xyxy[1]) for face in faces]
    alike = sum(height >= _BYSTANDER * max(heights) for height in heights)
    if alike > 1:
        raise UsageError(
            f"The source photo shows {alike} people, and it is not clear whose face is meant; cut it to the one "
            "who agreed. The file that you cut needs a record of consent of its own."
        )
    return faces[int(np.argmax(heights))]


@cache
def _finder(_: int) -> FaceFinder:
    """One for each thread: making one takes a second on a busy processor, sharing one is not safe."""
    return FaceFinder()


def _native_px(face: MeshFace) -> int:
    to_crop = align.crop_transform(face.landmarks)
    side = CROP_SIZE / float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    return int(np.clip(round(side), _MIN_CORE_PX, _MAX_CORE_PX))
