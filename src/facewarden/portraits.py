"""Key pictures for the HTML page: in memory only, a bounded few for each track, and only when they were asked for."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from facewarden.faces.track import FaceSample
from facewarden.media.frame import Frame, ImageRGB
from facewarden.report.model import KeyPicture

_PER_TRACK = 3
_APART_S = 0.75
_SCENE_SIDE_PX = 960


class KeyPictures:
    """Keeps the most telling moments of each track. A `facewarden.analysis.Witness`."""

    def __init__(self, score_at: Callable[[int, float], float | None]) -> None:
        """`score_at(track, time_s)` tells how suspicious a moment was, None where it was not judged."""
        self._score_at = score_at
        self._kept: dict[int, list[tuple[float, KeyPicture]]] = defaultdict(list)

    def __call__(self, batch: Sequence[tuple[Frame, FaceSample]]) -> None:
        for frame, sample in batch:
            score = self._score_at(sample.track, sample.time_s)
            self._offer(frame, sample, -1e9 if score is None else score)

    def pictures(self) -> list[KeyPicture]:
        """All kept pictures, by track, the most telling first."""
        return [picture for track in sorted(self._kept) for _, picture in self._kept[track]]

    def _offer(self, frame: Frame, sample: FaceSample, score: float) -> None:
        kept = self._kept[sample.track]
        close = [entry for entry in kept if abs(entry[1].time_s - sample.time_s) < _APART_S]
        if any(score <= other for other, _ in close):
            return
        rest = [entry for entry in kept if entry not in close]
        if len(rest) >= _PER_TRACK and score <= rest[-1][0]:
            return
        rest.append((score, key_picture(frame, sample)))
        self._kept[sample.track] = sorted(rest, key=lambda entry: -entry[0])[:_PER_TRACK]


def key_picture(frame: Frame, sample: FaceSample) -> KeyPicture:
    """Encode the scene (at most 960 px) and the aligned face of one moment."""
    height, width = frame.image_rgb.shape[:2]
    scale = min(1.0, _SCENE_SIDE_PX / max(height, width))
    scene = Image.fromarray(frame.image_rgb)
    if scale < 1:
        scene = scene.resize((max(1, round(width * scale)), max(1, round(height * scale))))
    x0, y0, x1, y1 = (float(v) for v in sample.box_xyxy * scale)
    return KeyPicture(
        track=sample.track,
        time_s=sample.time_s,
        scene_jpeg=_jpeg(np.asarray(scene)),
        face_jpeg=_jpeg(sample.crop_rgb),
        box_xyxy=(x0, y0, x1, y1),
    )


def _jpeg(image_rgb: ImageRGB) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image_rgb).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
