"""The face and what surrounds it in an aligned crop, as masks: for cues that compare the two."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from facewarden.faces.track import CROP_SIZE

Region = npt.NDArray[np.bool_]
"""(256, 256) of an aligned crop."""

_OUTSIDE = 127
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face mesh, in order."""


def face_and_ring(
    crop_landmarks: npt.NDArray[np.float32], *, face: float, ring: tuple[float, float]
) -> tuple[Region, Region]:
    """Return the inside of the face's outline, scaled by `face`, and the ring between two scalings of it."""
    outline = crop_landmarks[list(_OVAL)]
    centre = outline.mean(0)
    inner, near, far = (_polygon((outline - centre) * factor + centre) for factor in (face, *ring))
    return inner, far & ~near


def beyond_picture(crop_rgb: npt.NDArray[np.uint8]) -> Region:
    """Return where the crop, or every n-th pixel of it, shows what lies beyond the border of the picture.

    `faces.warp.cut` fills that with grey.
    """
    return np.asarray((crop_rgb == _OUTSIDE).all(-1))


def _polygon(points: npt.NDArray[np.float32]) -> Region:
    picture = Image.new("1", (CROP_SIZE, CROP_SIZE))
    ImageDraw.Draw(picture).polygon([(float(x), float(y)) for x, y in points], fill=1)
    return np.asarray(picture)
