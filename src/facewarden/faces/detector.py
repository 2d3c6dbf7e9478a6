"""Where faces may be: BlazeFace 'back' at 256 px, whole picture first, then tiles and turned copies where asked.

Network: Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs"; the weights
are MediaPipe's (Apache-2.0). Recall at IoU 0.3 in 1280x720 frames by face height (whole picture / with 720 px
tiles): 40 px .22/.79, 80 px .90/.98, 160 px .99/1.0, 160 px turned by 90 degrees .94/.99.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.inference import Network
from facewarden.media.frame import ImageRGB
from facewarden.models import model_path

_INPUT = 256
_TILE = 720
_TILE_STEP = 540
_MIN_SCORE = 0.55
_MIN_CANDIDATE_SCORE = 0.4
_CANDIDATES_PER_VIEW = 2
_BORDER = 0.35
_BORDERS = (0.0, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Black borders for the last resort, relative to the longer side: faces cut at chin and forehead, at many sizes."""

_SAME_FACE_IOU = 0.3
_SAME_FACE_INSIDE = 0.6


@dataclass(frozen=True, slots=True)
class Detection:
    """A face that the detector saw.

    Attributes:
        box_xyxy: (4,) float32 in pixels of the picture, brow to chin.
        keypoints: (6, 2) float32 in pixels: right eye, left eye, nose tip, mouth, right ear, left ear
            (right and left as the person's own).
        score: in [0, 1].
    """

    box_xyxy: npt.NDArray[np.float32]
    keypoints: npt.NDArray[np.float32]
    score: float


class FaceDetector:
    """Finds faces in one picture."""

    def __init__(self) -> None:
        # One thread: a network this small gains nothing from two that wait for each other, or for the decoder.
        self._network = Network(model_path("face_detection_back.tflite"), threads=1)
        self._network.prepare((1, _INPUT, _INPUT, 3))
        self._anchors = _anchors()

    def detect(self, image_rgb: ImageRGB, *, thorough: bool = False) -> list[Detection]:
        """Return the faces of `image_rgb` (H, W, 3), best first.

        `thorough` also looks at overlapping 720 px tiles (small faces in large pictures) and at the picture
        with a border around it (a picture that is nothing but a face, cut at chin and forehead).
        """
        views = self._views(image_rgb, thorough=thorough)
        return _suppress([d for view in views for d in self._look(view, min_score=_MIN_SCORE)])

    def candidates(self, image_rgb: ImageRGB) -> Iterator[list[Detection]]:
        """Yield what might be faces, for the mesh to decide: the last resort where `detect` was of no use.

        First with the picture as it is, then turned by 90, 270 and 180 degrees; each time in several sizes and
        with a low threshold. Most of it is nothing.
        """
        height, width = image_rgb.shape[:2]
        for quarter_turns in (0, 1, 3, 2):
            turned = np.ascontiguousarray(np.rot90(image_rgb, quarter_turns))
            found: list[Detection] = []
            for border in _BORDERS:
                view = _View(turned, 0, 0, border=round(border * max(height, width)))
                seen = _suppress(self._look(view, min_score=_MIN_CANDIDATE_SCORE))
                found += seen[:_CANDIDATES_PER_VIEW]
            yield [_turn_back(d, quarter_turns, width, height) for d in found]

    def _views(self, image_rgb: ImageRGB, *, thorough: bool) -> Iterator[_View]:
        height, width = image_rgb.shape[:2]
        yield _View(image_rgb, 0, 0)
        if not thorough:
            return
        yield _View(image_rgb, 0, 0, border=round(_BORDER * max(height, width)))
        if max(height, width) > 1.2 * _TILE:
            for y in _starts(height):
                for x in _starts(width):
                    yield _View(image_rgb[y : y + _TILE, x : x + _TILE], x, y)

    def _look(self, view: _View, *, min_score: float) -> list[Detection]:
        square, scale = view.letterbox()
        batch = (square[None].astype(np.float32) - 127.5) / 127.5
        outputs = self._network(batch)
        raw, logits = sorted(outputs, key=lambda output: -output.shape[-1])
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
        return [
            _decode(raw[0, i], self._anchors[i], float(scores[i]), view, scale)
            for i in np.flatnonzero(scores >= min_score)
        ]


@dataclass(frozen=True, slots=True)
class _View:
    image_rgb: ImageRGB
    x: int
    y: int
    border: int = 0

    def letterbox(self) -> tuple[ImageRGB, float]:
        """The view in a black 256 px square, and square pixels for one picture pixel."""
        height, width = self.image_rgb.shape[:2]
        scale = _INPUT / (max(height, width) + 2 * self.border)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = Image.fromarray(self.image_rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        square = np.zeros((_INPUT, _INPUT, 3), np.uint8)
        offset = round(self.border * scale)
        room = square[offset : offset + size[1], offset : offset + size[0]]
        room[:] = np.asarray(small)[: room.shape[0], : room.shape[1]]
        return square, scale


def _decode(
    raw: npt.NDArray[np.float32], anchor: npt.NDArray[np.float32], score: float, view: _View, scale: float
) -> Detection:
    points = raw.reshape(8, 2).copy()
    points[0] += anchor
    points[2:] += anchor
    points[[0, 2, 3, 4, 5, 6, 7]] -= view.border * scale
    centre, extent = points[0] / scale, points[1] / scale
    shift = np.array([view.x, view.y], np.float32)
    box = np.concatenate([centre - extent / 2 + shift, centre + extent / 2 + shift])
    return Detection(box.astype(np.float32), (points[2:] / scale + shift).astype(np.float32), score)


def _turn_back(found: Detection, quarter_turns: int, width: int, height: int) -> Detection:
    """What was found in ``np.rot90(picture, quarter_turns)``, in pixels of the (height, width) picture."""

    def back(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        x, y = points[:, 0], points[:, 1]
        places = (x, y), (width - 1 - y, x), (width - 1 - x, height - 1 - y), (y, height - 1 - x)
        return np.stack(places[quarter_turns], axis=1).astype(np.float32)

    corners = back(found.box_xyxy.reshape(2, 2))
    box = np.concatenate([corners.min(0), corners.max(0)])
    return Detection(box, back(found.keypoints), found.score)


def _suppress(found: list[Detection]) -> list[Detection]:
    kept: list[Detection] = []
    for candidate in sorted(found, key=lambda d: -d.score):
        if not any(same_face(candidate.box_xyxy, other.box_xyxy) for other in kept):
            kept.append(candidate)
    return kept


def same_face(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> bool:
    """Whether two boxes show one face: they overlap, or one lies mostly inside the other (two scales)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return False
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return overlap(a, b) >= _SAME_FACE_IOU or float(width * height) >= _SAME_FACE_INSIDE * float(smaller)


def overlap(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Intersection over union of two (4,) xyxy boxes, in [0, 1]."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = float(width * height)
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (float(areas) - shared)


def _anchors() -> npt.NDArray[np.float32]:
    """(896, 2) centres in pixels of the 256 px square: two on a 16x16 grid, six on an 8x8 grid."""
    centres = []
    for cells, repeats in ((16, 2), (8, 6)):
        step = _INPUT / cells
        rows, columns = np.mgrid[:cells, :cells]
        grid = np.stack([columns, rows], axis=-1).reshape(-1, 2)
        centres.append(np.repeat((grid + 0.5) * step, repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)


def _starts(length: int) -> list[int]:
    if length <= _TILE:
        return [0]
    count = int(np.ceil((length - _TILE) / _TILE_STEP)) + 1
    return [round(i * (length - _TILE) / (count - 1)) for i in range(count)]
