"""What is measured of every file once: the facts by which tables are split, and what probes are fitted to.

Facts are of the largest face: its height, turn and sharpness, and the size of the picture. Probes are given numbers
that a detector of forged faces has no business to need: the spectrum, the surroundings of the face, and what our own
network says of the aligned crop once the face in it is greyed out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from facewarden.cues.frame_forgery import MODEL
from facewarden.errors import MediaError
from facewarden.faces import align
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE, FaceSample
from facewarden.inference import Network
from facewarden.lab.attacks.mesh_warp import hull
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.version import code_version
from facewarden.lab.peers.statistics import Floats, radial_spectrum, surroundings
from facewarden.media.frame import Frame, ImageRGB
from facewarden.models import model_path

FACTS = ("face_height_px", "yaw_deg", "sharpness", "picture_px")
"""Median height of the largest face, of the absolute yaw, of the sharpness (`align.sharpness`), and the shorter side of
the picture."""
SPECTRUM, BACKGROUND, HIDDEN = "spectrum", "background", "hidden"

_FRAMES_PER_S = 2.0
_MOST_FRAMES = 6
_HULL_GROWTH = 1.2
"""Beyond the mesh by a fifth: nothing of a seam at the hull's edge may remain."""
_GREY = 127
_HEAT_CELLS = 8


class Sights:
    """Measures a file; a detector only in form (`score` is the face's height), so that numbers are kept as scores are.

    `judge` returns the facts under their names, and features of the probes as ``spectrum_3`` and so on. It abstains
    where no face is found: facts and features of the face are missing then, and the spectrum is the picture's.
    """

    name = "sights"

    def __getstate__(self) -> dict[str, object]:
        return {}

    @cached_property
    def version(self) -> str:
        return code_version(
            "faces", "lab/peers/sights", "lab/peers/statistics", "lab/attacks/mesh_warp",
            files=[model_path(MODEL)],
        )  # fmt: skip

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the numbers of a file, means (facts: medians) over up to six frames; raises MediaError."""
        seen: list[dict[str, float]] = []
        facts: list[tuple[float, float, float]] = []
        side_px = 0.0
        for frame in _frames(path):
            face = self._largest_face(frame)
            side_px = float(min(frame.image_rgb.shape[:2]))
            seen.append(self._features(frame.image_rgb, face))
            if face is not None:
                facts.append((face.height_px, abs(face.yaw_deg), face.sharpness))
        if not facts:
            return Judgement(None, reason="no_face", parts={"picture_px": side_px} | _means(seen))
        medians = [float(value) for value in np.median(facts, axis=0)]
        parts = dict(zip(FACTS, [*medians, side_px], strict=True)) | _means(seen)
        return Judgement(medians[0], parts={name: round(value, 5) for name, value in parts.items()})

    def _features(self, image_rgb: ImageRGB, face: FaceSample | None) -> dict[str, float]:
        if face is None:
            return _numbered(SPECTRUM, radial_spectrum(image_rgb))
        height, width = image_rgb.shape[:2]
        x0, y0 = (max(0, int(np.floor(v))) for v in face.box_xyxy[:2])
        x1, y1 = (
            min(side, int(np.ceil(v)) + 1) for v, side in zip(face.box_xyxy[2:], (width, height), strict=True)
        )
        around = surroundings(image_rgb, (x0, y0, x1, y1))
        return (
            _numbered(SPECTRUM, radial_spectrum(image_rgb[y0:y1, x0:x1]))
            | {f"{BACKGROUND}_{name}": value for name, value in around.items()}
            | _numbered(HIDDEN, self._without_face(face))
        )

    def _without_face(self, face: FaceSample) -> Floats:
        """(65,) our network's logit and its map, 8 x 8, of the aligned crop with the face greyed out."""
        logits, heats, *_ = self._network(_hidden(face).transpose(2, 0, 1)[None].astype(np.float32))
        side = heats.shape[-1] // _HEAT_CELLS
        cells = heats.reshape(_HEAT_CELLS, side, _HEAT_CELLS, side).mean((1, 3))
        return np.concatenate([logits.reshape(-1), cells.reshape(-1)]).astype(np.float64)

    def _largest_face(self, frame: Frame) -> FaceSample | None:
        found = self._finder.find(frame.image_rgb) or self._finder.find(
            frame.image_rgb, thorough=True, last_resort=True
        )
        samples = [align.sample(frame, face, track=1) for face in found]
        return max(samples, key=lambda sample: sample.height_px, default=None)

    @cached_property
    def _finder(self) -> FaceFinder:
        return FaceFinder()

    @cached_property
    def _network(self) -> Network:
        return Network(model_path(MODEL), threads=1)


def features(parts: dict[str, float], probe: str) -> dict[str, float]:
    """Return the numbers of one probe (`SPECTRUM`, `BACKGROUND`, `HIDDEN`); empty where they were not measured."""
    return {name: value for name, value in parts.items() if name.startswith(f"{probe}_")}


def _frames(path: Path) -> Iterator[Frame]:
    """One frame of a photo, up to six of a clip; raises MediaError where it is neither.

    Opened in this process, a third of a second sooner than by the media room: files of the lab's own collection.
    """
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        yield Frame(np.asarray(upright), 0.0, 0)
    except UnidentifiedImageError:
        yield from _clip_frames(path)


def _clip_frames(path: Path) -> Iterator[Frame]:
    next_s, count = 0.0, 0
    try:
        with av.open(str(path)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if frame.time >= next_s:
                    yield Frame(
                        frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False), frame.time, index
                    )
                    next_s, count = frame.time + 1 / _FRAMES_PER_S, count + 1
                    if count == _MOST_FRAMES:
                        return
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            "a file of the collection is neither a photo nor a clip", reason="not_media"
        ) from error


def _hidden(face: FaceSample) -> ImageRGB:
    hidden = face.crop_rgb.copy()
    hidden[hull(face.crop_landmarks, CROP_SIZE, grow=_HULL_GROWTH) > 0] = _GREY
    return hidden


def _numbered(name: str, values: Floats) -> dict[str, float]:
    return {f"{name}_{n}": float(value) for n, value in enumerate(values) if np.isfinite(value)}


def _means(seen: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each number over the frames that have it."""
    names = dict.fromkeys(name for one in seen for name in one)
    return {name: round(float(np.mean([one[name] for one in seen if name in one])), 5) for name in names}
