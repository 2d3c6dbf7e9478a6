"""From landmarks to the aligned crop that every cue sees, with the pose and sharpness of the face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from facewarden.faces import mesh, warp
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE, FaceSample
from facewarden.media.frame import Frame, ImageRGB

# Landmark number -> place in the 256 px crop: the Procrustes mean of 60 frontal portraits, made symmetric,
# forehead to chin 78 % of the height. Points of all heights and both sides, so that a turned head keeps its scale.
_TEMPLATE = {
    33: (72.2, 91.1), 133: (106.6, 93.5), 362: (148.4, 93.5), 263: (182.8, 91.1), 168: (127.5, 86.9),
    6: (127.5, 97.1), 4: (127.5, 134.0), 2: (127.5, 148.9), 61: (92.1, 171.0), 291: (162.9, 171.0),
    10: (127.5, 27.7), 152: (127.5, 227.3), 234: (43.9, 111.0), 454: (211.1, 111.0), 70: (58.2, 72.8),
    300: (196.8, 72.8), 58: (52.8, 167.2), 288: (202.2, 167.2), 0: (127.5, 164.9), 17: (127.5, 192.1),
}  # fmt: skip
_POINTS = np.array(list(_TEMPLATE))
_PLACES = np.array(list(_TEMPLATE.values()))


def crop_transform(landmarks: npt.NDArray[np.float32]) -> warp.Affine:
    """The similarity from the frame to the 256 px aligned crop, for (468, 2 or 3) landmarks."""
    return warp.similarity(landmarks[_POINTS, :2].astype(np.float64), _PLACES)


def sample(frame: Frame, face: MeshFace, *, track: int) -> FaceSample:
    """Cut the aligned crop of `face` out of `frame` and measure it."""
    to_crop = crop_transform(face.landmarks)
    crop = warp.cut(frame.image_rgb, to_crop, CROP_SIZE)
    yaw, pitch, roll = pose_deg(face.landmarks)
    return FaceSample(
        track=track,
        time_s=frame.time_s,
        frame_index=frame.index,
        box_xyxy=face.box_xyxy,
        landmarks=face.landmarks,
        crop_rgb=crop,
        crop_landmarks=warp.apply(to_crop, face.landmarks[:, :2]),
        crop_scale=float(np.hypot(to_crop[0, 0], to_crop[1, 0])),
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        sharpness=sharpness(crop),
        presence=face.presence,
    )


def pose_deg(landmarks: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees from (468, 3) landmarks; 0, 0, 0 looks straight into the camera."""
    across = landmarks[mesh.LEFT_CHEEK] - landmarks[mesh.RIGHT_CHEEK]
    down = landmarks[mesh.CHIN] - landmarks[mesh.FOREHEAD]
    yaw = np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1])))
    pitch = np.degrees(np.arctan2(down[2], np.hypot(down[0], down[1])))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    return float(yaw), float(pitch), float(roll)


def sharpness(crop_rgb: ImageRGB) -> float:
    """How much fine detail the inner face has against coarse detail; in (0, inf), about 0.05-0.4 for real faces.

    The energy between 256 and 128 px resolution over the energy between 64 and 16 px, in the middle of the
    crop. A face that was enlarged from few pixels or smeared by compression has next to none of the first.
    """
    grey = Image.fromarray(crop_rgb).convert("L").crop((56, 64, 200, 208))
    fine = _spread(grey, 1)
    near = np.asarray(grey.filter(ImageFilter.BoxBlur(2)), np.float32)
    far = np.asarray(grey.filter(ImageFilter.BoxBlur(8)), np.float32)
    return fine / (float((near - far).std()) + 1.0)


def _spread(grey: Image.Image, radius: int) -> float:
    blurred = np.asarray(grey.filter(ImageFilter.BoxBlur(radius)), np.float32)
    return float((np.asarray(grey, np.float32) - blurred).std())
