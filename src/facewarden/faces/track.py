"""The currency of the house: a face in one frame (`FaceSample`) and one face over time (`FaceTrack`)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facewarden.media.frame import ImageRGB

CROP_SIZE = 256
"""Side in pixels of the aligned crop that every cue sees."""


@dataclass(frozen=True, slots=True)
class FaceSample:
    """One face in one analysed frame.

    Attributes:
        track: number of the track that it belongs to, from 1.
        time_s: seconds from the start of the clip.
        frame_index: 0-based index of the frame in the clip.
        box_xyxy: (4,) float32, x0 y0 x1 y1 in pixels of the upright frame, around the 468 landmarks.
        landmarks: (468, 3) float32, x and y in pixels of the upright frame, z relative in the same scale.
        crop_rgb: (256, 256, 3) uint8 aligned crop: eyes level, forehead to chin 78 % of the height.
        crop_landmarks: (468, 2) float32, the landmarks in pixels of the crop.
        crop_scale: pixels of the crop for one pixel of the frame; above 1 the face was enlarged.
        yaw_deg, pitch_deg, roll_deg: head pose; 0 looks into the camera, positive yaw turns to the picture's right.
        sharpness: ratio in (0, inf) of fine to coarse detail of the inner face; below 0.12 is too blurred to judge
            (`cues.fitness`).
        presence: the mesh network's own belief in [0, 1] that a face is there.
    """

    track: int
    time_s: float
    frame_index: int
    box_xyxy: npt.NDArray[np.float32]
    landmarks: npt.NDArray[np.float32]
    crop_rgb: ImageRGB
    crop_landmarks: npt.NDArray[np.float32]
    crop_scale: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    sharpness: float
    presence: float

    @property
    def height_px(self) -> float:
        """Height in pixels of the face (forehead to chin along its own axis) in the frame."""
        return float(np.linalg.norm(self.landmarks[10, :2] - self.landmarks[152, :2]))


@dataclass(slots=True)
class FaceTrack:
    """One face over time. Holds no picture: crops flow past the cues and are gone.

    Attributes:
        number: from 1, in order of appearance.
        start_s, end_s: seconds of the first and last sample.
        boxes: (time_s, box_xyxy) of every sample.
        heights_px, yaws_deg, sharpness: one number for every sample.
        embeddings: (time_s, (128,) float32 unit-free dlib ResNet descriptor) of the sampled moments.
        person: number of the person, set when tracks are joined; 0 before.
    """

    number: int
    start_s: float
    end_s: float
    boxes: list[tuple[float, npt.NDArray[np.float32]]] = field(default_factory=list)
    heights_px: list[float] = field(default_factory=list)
    yaws_deg: list[float] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    embeddings: list[tuple[float, npt.NDArray[np.float32]]] = field(default_factory=list)
    person: int = 0

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def pass_by(self, time_s: float, box_xyxy: npt.NDArray[np.float32]) -> None:
        """Note where the face was in a frame that was followed but not sampled."""
        self.end_s = time_s
        self.boxes.append((time_s, box_xyxy))

    def see(self, sample: FaceSample) -> None:
        """Add one sample to the track's record."""
        self.pass_by(sample.time_s, sample.box_xyxy)
        self.heights_px.append(sample.height_px)
        self.yaws_deg.append(sample.yaw_deg)
        self.sharpness.append(sample.sharpness)
