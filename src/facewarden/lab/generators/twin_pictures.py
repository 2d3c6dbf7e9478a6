"""What is kept of a twin: the surroundings of the face, as far as training reads them, and never a whole photo."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.faces import align, warp
from facewarden.faces.track import CROP_SIZE
from facewarden.media.frame import ImageRGB

MOST_PX = 416
"""Longer side. An upright crop with all jitter of `PairStream` spans 362 of its own pixels and enlarges by up to 1.1,
so 398 px hold all that training shows of it. The box of a tilted face is larger: then the most enlarged crops lose a
little, in both twins alike."""

_REACH_PX = 56
"""How far beyond the aligned crop that jitter reaches (53), in pixels of the crop, and bilinear sampling with it."""

Landmarks = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Twins:
    """A picture and its forgery, both (H, W, 3) uint8, with the (468, 3) landmarks of the face in each."""

    genuine: ImageRGB
    forged: ImageRGB
    landmarks: Landmarks
    forged_landmarks: Landmarks

    def around_the_face(self) -> Twins:
        """Both cut alike to the surroundings of the face, and reduced alike where those are larger than `MOST_PX`."""
        x0, y0, x1, y1 = self._box()
        factor = min(1.0, MOST_PX / max(x1 - x0, y1 - y0))
        corner = np.array([x0, y0, 0], np.float32)
        # Pixel centres are integers here, and those of a smaller picture lie inside the outermost of the larger one.
        shift = np.array([(factor - 1) / 2, (factor - 1) / 2, 0], np.float32)
        genuine, forged = (_reduced(image[y0:y1, x0:x1], factor) for image in (self.genuine, self.forged))
        points, forged_points = (
            ((each - corner) * np.float32(factor) + shift).astype(np.float32)
            for each in (self.landmarks, self.forged_landmarks)
        )
        return Twins(genuine, forged, points, forged_points)

    def _box(self) -> tuple[int, int, int, int]:
        """x0 y0 x1 y1: all that jitter can reach around either face, within the picture."""
        low, high = -_REACH_PX, CROP_SIZE + _REACH_PX
        square: npt.NDArray[np.float64] = np.array(
            [[low, low], [high, low], [low, high], [high, high]], float
        )
        corners = np.concatenate(
            [
                warp.apply(warp.invert(align.crop_transform(each)), square)
                for each in (self.landmarks, self.forged_landmarks)
            ]
        )
        height, width = self.genuine.shape[:2]
        x0, y0 = np.clip(np.floor(corners.min(0)).astype(int), 0, (width - 1, height - 1))
        x1, y1 = np.clip(np.ceil(corners.max(0)).astype(int), (x0 + 1, y0 + 1), (width, height))
        return int(x0), int(y0), int(x1), int(y1)


def _reduced(image: ImageRGB, factor: float) -> ImageRGB:
    if factor == 1:
        return image
    height, width = image.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
