"""Whether the face in a picture that matches an enrolled one is the face that was enrolled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from facewarden.matching.borders import WHOLE, Box
from facewarden.matching.face_anchor import REACHES, FaceAnchor, anchors_of, closest, face_boxes, largest
from facewarden.matching.prints import PicturePrint
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace

ANOTHER_FACE = 36
"""Beyond this the two tightest squares show another face. Measured on frames of 8 streams, after the squares were laid
again: 18 bits at most for copies (JPEG 20, half size), for a live swap 48 to 74 in the tightest and 40 to 58 in the
next one, while the whole hash stayed within 14 bits of the original."""

LEAST_JUDGED_FACE_PX = 80.0
"""Lower faces of a query are not asked whether they are others: JPEG 10 of faces of 60 px looks like a swap."""


class FindsFaces(Protocol):
    """What `faces.finder.FaceFinder` does."""

    def find(
        self, image_rgb: ImageRGB, *, thorough: bool = False, last_resort: bool = False
    ) -> list[MeshFace]: ...


def a_face_differs(finder: FindsFaces, laid: ImageRGB, kept: PicturePrint, shown: Box = WHOLE) -> bool | None:
    """Whether a face at an enrolled face's place is not that face, in the part of the picture that is `shown`.

    None where no two faces could be compared.
    """
    if not kept.anchors:
        return None
    faces = largest(finder.find(laid, thorough=True))
    places = face_boxes(laid, faces)
    told = [
        is_another_face(laid, face, kept.anchors, number)
        for number, place in enumerate(kept.faces)
        for face, now in zip(faces, places, strict=False)
        if _centre_within(now, place, shown)
    ]
    return True if True in told else False if False in told else None


def is_another_face(
    image_rgb: ImageRGB, face: MeshFace, kept: Sequence[FaceAnchor], number: int, *, mirrored: bool = False
) -> bool | None:
    """Whether both tightest squares around `face` are far from those around the enrolled face of this number.

    None where the face is too small for that, or no square is there of both. Both must be far, because JPEG of low
    quality changes the tightest square of a small face as much as a swap does.
    """
    if float(np.ptp(face.landmarks[:, 1])) < LEAST_JUDGED_FACE_PX:
        return None
    now = {each.reach: each for each in anchors_of(image_rgb, [face], mirrored=mirrored)}
    own = {each.reach: each for each in kept if each.face == number}
    shared = [reach for reach in REACHES[:2] if reach in now and reach in own]
    if not shared:
        return None
    return all(
        closest(image_rgb, face, now[reach], own[reach].pdq, mirrored=mirrored) > ANOTHER_FACE
        for reach in shared
    )


def _centre_within(box: Box, place: Box, shown: Box) -> bool:
    """Whether the centre of `box`, a place in the part that is `shown`, lies within a place of the whole."""
    x = shown.x0 + (shown.x1 - shown.x0) * (box.x0 + box.x1) / 2
    y = shown.y0 + (shown.y1 - shown.y0) * (box.y0 + box.y1) / 2
    return place.x0 <= x <= place.x1 and place.y0 <= y <= place.y1
