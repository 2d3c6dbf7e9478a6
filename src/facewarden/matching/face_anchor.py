"""Hashes of squares around a face, laid by its landmarks: what is left of a picture when it is cropped or tilted.

A square turns, grows and moves with the face, so neither crops nor borders nor tilts change what it shows, as long as
it lies within the picture. Several sizes, because tight portraits have no room for the large ones. Measured on 14
portraits: JPEG 20, half size, crops of 10 % and of 20 %, tilts of 4 and 10 degrees change 0 to 14 bits, mirroring up to
32; the squares of different pictures lie 74 bits
apart or more at 0.45 to 0.6 (9,591 pairs or fewer, by how many squares lay within the picture), 56 at 0.7 (4,851).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facewarden.faces import warp
from facewarden.faces.align import crop_transform
from facewarden.faces.track import CROP_SIZE
from facewarden.matching.borders import Box
from facewarden.matching.pdq import Pdq, distance, pdq_of
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace

REACHES = (0.45, 0.6, 0.75, 0.95, 1.25, 1.7)
"""Sides of the squares, in sides of the aligned crop (which is 1.28 heights of the face, forehead to chin): from eyes,
nose and mouth alone to hair, ears and background."""

MOST_FACES = 4
_LEAST_FACE_PX = 24.0
_LEAST_INSIDE = 0.995
_NUDGES = ((0.012, 0.012, 0.015, 0.015), (0.012, 0.012, 0.015, 0.015), (0.006, 0.006, 0.008, 0.008))
"""Three rounds of steps: right, down, larger (shares of the side), turned (radians)."""


@dataclass(frozen=True, slots=True)
class FaceAnchor:
    """The hash of one square around one face.

    Attributes:
        face: 0-based number of the face in its picture, the largest first.
        reach: one of `REACHES`.
        pdq: of the square, eyes level.
    """

    face: int
    reach: float
    pdq: Pdq


def anchors_of(
    image_rgb: ImageRGB, faces: Sequence[MeshFace], *, mirrored: bool = False
) -> tuple[FaceAnchor, ...]:
    """The squares around the largest `MOST_FACES` faces that lie within the picture.

    `mirrored` hashes each square as its mirror image, which is what a mirrored copy shows.
    """
    found = []
    for number, face in enumerate(largest(faces)):
        to_crop = crop_transform(face.landmarks)
        for reach in REACHES:
            to_square = _widened(to_crop, reach)
            if _inside(to_square, image_rgb) < _LEAST_INSIDE:
                break
            square = warp.cut(image_rgb, to_square, CROP_SIZE)
            pdq = pdq_of(square[:, ::-1] if mirrored else square)
            if pdq.useful:
                found.append(FaceAnchor(number, reach, pdq))
    return tuple(found)


def closest(
    image_rgb: ImageRGB, face: MeshFace, anchor: FaceAnchor, kept: Pdq, *, mirrored: bool = False
) -> int:
    """The fewest bits between `kept` and the square of `anchor` when that is moved, grown and turned a little.

    For squares that came near: landmarks stand a little differently in a worse copy, and a shift by 1 % of the square
    changes 28 bits. Three rounds of single steps, at most 24 hashes; what is not the same picture stays far away.
    """
    base = _widened(crop_transform(face.landmarks), anchor.reach)

    def bits(step: npt.NDArray[np.float64]) -> int:
        square = warp.cut(image_rgb, _nudged(base, step), CROP_SIZE)
        return distance(pdq_of(square[:, ::-1] if mirrored else square), kept)

    place, best = np.zeros(4), distance(anchor.pdq, kept)
    for size in _NUDGES:
        for axis in range(4):
            for sign in (-1.0, 1.0):
                step = place.copy()
                step[axis] += sign * size[axis]
                if (now := bits(step)) < best:
                    place, best = step, now
                    break
    return best


def largest(faces: Sequence[MeshFace]) -> list[MeshFace]:
    """Up to `MOST_FACES` faces of 24 px and more, the largest first."""
    sized = [(float(np.ptp(face.landmarks[:, 1])), face) for face in faces]
    sized = [each for each in sized if each[0] >= _LEAST_FACE_PX]
    return [face for _, face in sorted(sized, key=lambda each: -each[0])[:MOST_FACES]]


def face_boxes(image_rgb: ImageRGB, faces: Sequence[MeshFace]) -> tuple[Box, ...]:
    """The places of the largest faces as shares of the picture, cut at its edges."""
    height, width = image_rgb.shape[:2]
    boxes = []
    for face in largest(faces):
        x0, y0, x1, y1 = (float(value) for value in face.box_xyxy)
        box = (max(0.0, x0 / width), max(0.0, y0 / height), min(1.0, x1 / width), min(1.0, y1 / height))
        if box[0] < box[2] and box[1] < box[3]:
            boxes.append(Box(*box))
    return tuple(boxes)


def _widened(to_crop: warp.Affine, reach: float) -> warp.Affine:
    """The map to a square of the same centre that shows `reach` times as much."""
    wide = to_crop / reach
    wide[:, 2] += (CROP_SIZE - 1) / 2 * (1 - 1 / reach)
    return wide


def _nudged(to_square: warp.Affine, step: npt.NDArray[np.float64]) -> warp.Affine:
    """Moved by step[:2] sides, grown by step[2] and turned by step[3] radians about the square's centre."""
    cos, sin = np.cos(step[3]) * (1 + step[2]), np.sin(step[3]) * (1 + step[2])
    turn = np.array([[cos, -sin], [sin, cos]])
    centre = np.full(2, (CROP_SIZE - 1) / 2)
    shift = turn @ (to_square[:, 2] - centre) + centre + step[:2] * CROP_SIZE
    return np.hstack([turn @ to_square[:, :2], shift[:, None]])


def _inside(to_square: warp.Affine, image_rgb: ImageRGB) -> float:
    """Which share of the square shows the picture."""
    height, width = image_rgb.shape[:2]
    side = np.linspace(0, CROP_SIZE - 1, 24)
    grid: npt.NDArray[np.float64] = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    x, y = warp.apply(warp.invert(to_square), grid).T
    return float(((x >= -1) & (x <= width) & (y >= -1) & (y <= height)).mean())
