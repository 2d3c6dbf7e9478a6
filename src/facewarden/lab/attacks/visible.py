"""What an attack may change unseen: a patch of the picture around a face, and a budget of visible quality.

PSNR and SSIM (Wang and others 2004) are taken over the patch alone: over the whole picture the same change of a small
face would look better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.faces import align, warp
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.mesh_warp import Mask
from facewarden.lab.marks.watermark import psnr_db
from facewarden.media.frame import ImageRGB

Change = npt.NDArray[np.float32]
"""(h, w, 3) float32 in levels of 0..255, added to a patch."""

_RIM = 0.08
_SMALLEST_SIDE_PX = 16


@dataclass(frozen=True, slots=True)
class Patch:
    """The part of a picture that the detector's aligned crop of one face is read from.

    Attributes:
        image_rgb: (h, w, 3) uint8, as it was.
        place: (top, left) in the picture.
        beyond: how far the detector's box reaches over the picture: left, right, top, bottom, px.
        to_crop: from the picture to the aligned crop.
        plan: how the detector reads it.
        window: (h, w) in [0, 1], how much each pixel may be changed; falls to 0 at the rim, where an edge would show.
    """

    image_rgb: ImageRGB
    place: tuple[int, int]
    beyond: tuple[int, int, int, int]
    to_crop: warp.Affine
    plan: warp.Sampling
    window: Mask

    def put_into(self, image_rgb: ImageRGB, patch_rgb: ImageRGB) -> ImageRGB:
        """A copy of the picture with `patch_rgb` in this place."""
        changed = image_rgb.copy()
        top, left = self.place
        height, width = patch_rgb.shape[:2]
        changed[top : top + height, left : left + width] = patch_rgb
        return changed

    def crop_of(self, image_rgb: ImageRGB) -> ImageRGB:
        """The aligned crop of a picture, exactly as the detector cuts it."""
        return warp.cut(image_rgb, self.to_crop, CROP_SIZE)


def patch_of(image_rgb: ImageRGB, face: MeshFace) -> Patch | None:
    """The patch of `face`; None where next to nothing of it lies in the picture."""
    to_crop = align.crop_transform(face.landmarks)
    plan = warp.sampling(to_crop, CROP_SIZE)
    height, width = image_rgb.shape[:2]
    x0, y0, x1, y1 = plan.box_xyxy
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if min(right - left, bottom - top) < _SMALLEST_SIDE_PX:
        return None
    return Patch(
        image_rgb=image_rgb[top:bottom, left:right],
        place=(top, left),
        beyond=(left - x0, x1 - right, top - y0, y1 - bottom),
        to_crop=to_crop,
        plan=plan,
        window=_window(bottom - top, right - left),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """The least quality of a changed patch: PSNR in dB and SSIM in 0..1."""

    psnr_db: float
    ssim: float = 0.0

    def radius(self, patch_rgb: ImageRGB) -> float:
        """The longest change (Euclidean, in levels) that keeps the PSNR; rounding to whole levels takes its share."""
        mean_square = max(255.0**2 / 10 ** (self.psnr_db / 10) - 1 / 12, 0.01)
        return float(np.sqrt(mean_square * patch_rgb.size))

    def holds(self, before: ImageRGB, after: ImageRGB) -> bool:
        return psnr_db(before, after) >= self.psnr_db and (
            self.ssim <= 0 or structural_similarity(before, after) >= self.ssim
        )

    def applied(self, patch_rgb: ImageRGB, change: Change) -> ImageRGB:
        """The changed patch in whole levels; the change is made smaller until the budget holds."""
        wanted = added(patch_rgb, change)
        if self.holds(patch_rgb, wanted):
            return wanted
        low, high = 0.0, 1.0
        for _ in range(7):
            middle = (low + high) / 2
            fits = self.holds(patch_rgb, added(patch_rgb, middle * change))
            low, high = (middle, high) if fits else (low, middle)
        return added(patch_rgb, low * change)


def added(patch_rgb: ImageRGB, change: Change) -> ImageRGB:
    return np.clip(np.rint(patch_rgb + change), 0, 255).astype(np.uint8)


def structural_similarity(before: ImageRGB, after: ImageRGB) -> float:
    """Mean SSIM over the three channels, 1 for equal patches."""
    from skimage.metrics import structural_similarity as ssim

    return float(ssim(before, after, channel_axis=2, data_range=255))


def _window(height: int, width: int) -> Mask:
    def along(length: int) -> npt.NDArray[np.float32]:
        rim = max(1.0, _RIM * length)
        to_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
        return np.clip(to_edge / rim, 0, 1).astype(np.float32)

    return np.asarray(np.outer(along(height), along(width)), np.float32)
