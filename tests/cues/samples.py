"""Samples of a face that is only numbers, for tests of what cues make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.media.frame import ImageRGB

CLIP = MediaFacts("clip", 1, "0" * 64, "mp4", "h264", 640, 360, duration_s=10.0, frame_rate=25.0)
PHOTO = MediaFacts("photo", 1, "0" * 64, "jpeg", "jpeg", 640, 360)


def sample(
    time_s: float = 0.0, *, track: int = 1, value: int = 0, height_px: float = 120, **changes: Any
) -> FaceSample:
    """A fit sample whose crop is filled with `value`; `changes` are fields of `FaceSample`."""
    landmarks = np.zeros((468, 3), np.float32)
    landmarks[10, :2], landmarks[152, :2] = (100, 50), (100, 50 + height_px)
    fields: dict[str, Any] = {
        "track": track,
        "time_s": time_s,
        "frame_index": round(time_s * 25),
        "box_xyxy": np.array([60, 50, 140, 50 + height_px], np.float32),
        "landmarks": landmarks,
        "crop_rgb": crop(value),
        "crop_landmarks": np.zeros((468, 2), np.float32),
        "crop_scale": 1.5,
        "yaw_deg": 0.0,
        "pitch_deg": 0.0,
        "roll_deg": 0.0,
        "sharpness": 0.2,
        "presence": 1.0,
    }
    return FaceSample(**(fields | changes))


def crop(value: int) -> ImageRGB:
    return np.full((256, 256, 3), value, np.uint8)


def track(number: int = 1, end_s: float = 10.0) -> FaceTrack:
    return FaceTrack(number, 0.0, end_s)
