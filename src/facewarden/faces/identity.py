"""Who is it: the 128-d identity embedding of dlib's face recognition ResNet.

King 2017; weights CC0. Same person: median distance .36, largest .53 in our measurement; different people: 1 %
below .54. About 90 ms a face on one core, so once a track and every few seconds, never every frame. The chip is
cut from the mesh; dlib's own landmark models are not used (the 68-point one is not free).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.faces import mesh, warp
from facewarden.media.frame import ImageRGB
from facewarden.models import model_path

SAME_PERSON_DISTANCE = 0.40
"""Nearest faces of two tracks of one clip that are closer are one person's.

Nearest of three faces from each half of 60 genuine clips: median .19, largest .34. At .50, where this stood first, 14
of 100 pairs of different Taiwanese candidates would have been joined.
"""
CHIP_PX = 150
_PADDING = 0.25
# dlib's mean positions of the outer and inner corners of both eyes and the base of the nose, in [0, 1].
_PLACES = {
    mesh.LEFT_EYE_OUTER: (0.8595674595992, 0.2134981538014),
    mesh.LEFT_EYE_INNER: (0.6460604764104, 0.2289674387677),
    mesh.RIGHT_EYE_OUTER: (0.1205750620789, 0.2137274526848),
    mesh.RIGHT_EYE_INNER: (0.3340850613712, 0.2290642403242),
    2: (0.4901123135679, 0.6277975316475),
}
_POINTS = np.array(list(_PLACES))
_TARGET = (np.array(list(_PLACES.values())) + _PADDING) / (2 * _PADDING + 1) * CHIP_PX

Embedding = npt.NDArray[np.float32]


class IdentityEncoder:
    """Computes identity embeddings; loads its 22 MB network when first asked."""

    def embed(self, image_rgb: ImageRGB, landmarks: npt.NDArray[np.float32]) -> Embedding:
        """Return the (128,) float32 embedding of the face with (468, 2 or 3) `landmarks` in `image_rgb`."""
        return self.embed_chip(warp.cut(image_rgb, chip_transform(landmarks), CHIP_PX))

    def embed_chip(self, chip_rgb: ImageRGB) -> Embedding:
        """Return the (128,) float32 embedding of a square of `CHIP_PX` that `chip_transform` selected."""
        chip = np.ascontiguousarray(chip_rgb)
        return np.array(self._network.compute_face_descriptor(chip), np.float32)

    @cached_property
    def _network(self) -> Any:
        import dlib

        return dlib.face_recognition_model_v1(str(model_path("dlib_face_recognition_resnet_model_v1.dat")))


def chip_transform(landmarks: npt.NDArray[np.float32]) -> warp.Affine:
    """The similarity from the frame to the square of `CHIP_PX` that the network sees, for (468, 2 or 3) landmarks."""
    return warp.similarity(landmarks[_POINTS, :2].astype(np.float64), _TARGET)


def distance(a: Embedding, b: Embedding) -> float:
    """Euclidean distance of two embeddings: 0 for the same picture, about 0.36 same person, 0.8 strangers."""
    return float(np.linalg.norm(a - b))
