"""468 landmarks of a face: MediaPipe's face mesh at 192 px.

Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs"; weights
Apache-2.0. Measured median error 5 % of the distance between the eyes. A second pass, started from the first
one's landmarks, steadies the result where the first region came from the detector's rough box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.faces import warp
from facewarden.faces.detector import Detection
from facewarden.inference import Network
from facewarden.media.frame import ImageRGB
from facewarden.models import model_path

_INPUT = 192
_MARGIN = 1.5
RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER = 33, 133, 362, 263
FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK = 10, 152, 234, 454


@dataclass(frozen=True, slots=True)
class MeshFace:
    """A face's landmarks in one picture.

    Attributes:
        landmarks: (468, 3) float32, x and y in pixels of the picture, z in the same scale (negative is nearer).
        presence: in [0, 1], the network's own belief that the region shows a face.
    """

    landmarks: npt.NDArray[np.float32]
    presence: float

    @property
    def box_xyxy(self) -> npt.NDArray[np.float32]:
        """(4,) float32 around all landmarks."""
        points = self.landmarks[:, :2]
        return np.concatenate([points.min(0), points.max(0)])


class FaceMesh:
    """Fits the mesh to faces whose place is roughly known."""

    def __init__(self) -> None:
        # One thread, as for the detector: measured 1.0 ms of processor time for a face instead of 1.4.
        self._network = Network(model_path("face_landmark.tflite"), threads=1)
        self._network.prepare((1, _INPUT, _INPUT, 3))

    def fit_detections(self, image_rgb: ImageRGB, found: Sequence[Detection]) -> list[MeshFace]:
        """Fit every detection, in two passes; (H, W, 3) in, one `MeshFace` for each detection out."""
        first = [self._fit(image_rgb, _region_of_detection(d)) for d in found]
        return self.follow(image_rgb, first)

    def follow(self, image_rgb: ImageRGB, faces: Sequence[MeshFace]) -> list[MeshFace]:
        """Fit again, starting from where the faces were in this or the frame before."""
        return [self._fit(image_rgb, _region_of_landmarks(face.landmarks)) for face in faces]

    def _fit(self, image_rgb: ImageRGB, to_crop: warp.Affine) -> MeshFace:
        square = warp.cut(image_rgb, to_crop, _INPUT)
        outputs = self._network(square[None].astype(np.float32) / 255.0)
        points, logit = sorted(outputs, key=lambda output: -output.size)
        landmarks = points.reshape(468, 3)
        back = warp.invert(to_crop)
        flat = warp.apply(back, landmarks[:, :2])
        scale = float(np.hypot(back[0, 0], back[1, 0]))
        presence = float(1 / (1 + np.exp(-np.clip(logit.reshape(-1)[0], -80, 80))))
        return MeshFace(np.column_stack([flat, landmarks[:, 2] * scale]).astype(np.float32), presence)


def _region_of_detection(found: Detection) -> warp.Affine:
    right_eye, left_eye = found.keypoints[0], found.keypoints[1]
    centre = found.box_xyxy.reshape(2, 2).mean(0)
    side = float((found.box_xyxy[2:] - found.box_xyxy[:2]).max())
    return _square(centre, left_eye - right_eye, side * _MARGIN)


def _region_of_landmarks(landmarks: npt.NDArray[np.float32]) -> warp.Affine:
    points = landmarks[:, :2]
    along = landmarks[LEFT_EYE_OUTER, :2] - landmarks[RIGHT_EYE_OUTER, :2]
    unit = along / (np.linalg.norm(along) + 1e-6)
    axes = np.array([unit, [-unit[1], unit[0]]])
    local = points @ axes.T
    low, high = local.min(0), local.max(0)
    centre = ((low + high) / 2) @ axes
    return _square(centre, unit, float((high - low).max()) * _MARGIN)


def _square(centre: npt.NDArray[np.floating], along: npt.NDArray[np.floating], side: float) -> warp.Affine:
    """Frame to crop: a square of `side` pixels around `centre`, its x axis along the line of the eyes."""
    angle = float(np.arctan2(along[1], along[0]))
    scale = _INPUT / max(side, 1.0)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, sin], [-sin, cos]])
    shift = np.array([_INPUT / 2, _INPUT / 2]) - linear @ centre
    return np.hstack([linear, shift[:, None]])
