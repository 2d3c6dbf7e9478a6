"""One decoded picture of a photo or a clip: the only thing that leaves the media room towards the faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ImageRGB = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, sRGB, row 0 at the top as a person would see the picture (orientation already applied)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture with its place in time.

    Attributes:
        image_rgb: (H, W, 3) uint8, upright.
        time_s: presentation time in seconds from the start of the clip; 0.0 for a photo.
        index: 0-based position of this frame among *all* frames of the clip, also those that were skipped.
    """

    image_rgb: ImageRGB
    time_s: float
    index: int
