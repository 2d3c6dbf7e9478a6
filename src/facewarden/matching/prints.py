"""What is kept of an enrolled picture: hashes of the whole, of its parts and of the squares around its faces.

About 30 hashes of 32 bytes and the places of the faces; no pixel, no size, no name, no keypoints. Sets of keypoint
descriptors would verify a match more directly, but pictures can be rebuilt from them; from coarse hashes only a blur of
16 by 16 can, which is bad enough: keep prints encrypted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.matching.borders import Box
from facewarden.matching.face_anchor import MOST_FACES, REACHES, FaceAnchor, anchors_of, face_boxes
from facewarden.matching.pdq import Pdq, pdq_of, reduced
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace


def _grid(steps: int, side: float) -> tuple[Box, ...]:
    free = (1 - side) / (steps - 1)
    starts = [step * free for step in range(steps)]
    return tuple(Box(x, y, x + side, y + side) for y in starts for x in starts)


HALVES = _grid(3, 0.5)
"""Nine windows of half the width and height, overlapping: which parts of a picture are unchanged."""

MIDDLE = 4
"""The number of the half in the centre, which a crop of up to a quarter on each side leaves whole."""

QUARTERS = _grid(4, 0.25)
"""Sixteen windows beside each other: whether what lies outside the faces is unchanged."""


@dataclass(frozen=True, slots=True)
class PicturePrint:
    """The hashes of one picture.

    Attributes:
        whole: PDQ of the whole picture, the one that is exchanged with others.
        halves: nine, of `HALVES`.
        quarters: sixteen, of `QUARTERS`.
        anchors: of squares around faces.
        faces: where the faces are, the largest first.
    """

    whole: Pdq
    halves: tuple[Pdq, ...]
    quarters: tuple[Pdq, ...]
    anchors: tuple[FaceAnchor, ...]
    faces: tuple[Box, ...]

    @property
    def middle(self) -> Pdq:
        """Of the half in the centre, by which crops are found."""
        return self.halves[MIDDLE]

    @property
    def useful(self) -> bool:
        """Whether anything of it can be matched."""
        return self.whole.useful or bool(self.anchors)


def print_of(image_rgb: ImageRGB, faces: Sequence[MeshFace] = ()) -> PicturePrint:
    """Hash (H, W, 3) pixels and the `faces` that were found in them."""
    small = reduced(image_rgb)
    return PicturePrint(
        whole=pdq_of(small),
        halves=parts_of(small, HALVES),
        quarters=parts_of(small, QUARTERS),
        anchors=anchors_of(image_rgb, faces),
        faces=face_boxes(image_rgb, faces),
    )


def parts_of(image_rgb: ImageRGB, boxes: Sequence[Box]) -> tuple[Pdq, ...]:
    """The hashes of parts of a picture; quality 0 for parts of too few pixels."""
    return tuple(pdq_of(box.cut(image_rgb)) for box in boxes)


def to_json(kept: PicturePrint) -> bytes:
    """The print as JSON, to be encrypted."""
    record = _Record(
        whole=_hash(kept.whole),
        halves=[_hash(each) for each in kept.halves],
        quarters=[_hash(each) for each in kept.quarters],
        anchors=[(each.face, each.reach, *_hash(each.pdq)) for each in kept.anchors],
        faces=[(each.x0, each.y0, each.x1, each.y1) for each in kept.faces],
    )
    return record.model_dump_json().encode()


def from_json(data: bytes) -> PicturePrint:
    """What `to_json` wrote. Raises ValueError for anything else."""
    try:
        return _Record.model_validate_json(data).as_print()
    except ValidationError:
        # Not "from error": pydantic's words may repeat what they were given, which is secret.
        raise ValueError("this is no print of a picture, or it is damaged") from None


_Hash = tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], Annotated[int, Field(ge=0, le=100)]]
_Share = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: int = Field(default=1, ge=1, le=1)
    whole: _Hash
    halves: Annotated[list[_Hash], Field(min_length=len(HALVES), max_length=len(HALVES))]
    quarters: Annotated[list[_Hash], Field(min_length=len(QUARTERS), max_length=len(QUARTERS))]
    anchors: Annotated[
        list[
            tuple[
                Annotated[int, Field(ge=0, lt=MOST_FACES)],
                float,
                Annotated[str, Field(pattern="^[0-9a-f]{64}$")],
                Annotated[int, Field(ge=0, le=100)],
            ]
        ],
        Field(max_length=MOST_FACES * len(REACHES)),
    ]
    faces: Annotated[list[tuple[_Share, _Share, _Share, _Share]], Field(max_length=MOST_FACES)]

    def as_print(self) -> PicturePrint:
        return PicturePrint(
            whole=_pdq(self.whole),
            halves=tuple(_pdq(each) for each in self.halves),
            quarters=tuple(_pdq(each) for each in self.quarters),
            anchors=tuple(FaceAnchor(face, reach, _pdq((h, q))) for face, reach, h, q in self.anchors),
            faces=tuple(Box(*each) for each in self.faces),
        )


def _hash(pdq: Pdq) -> tuple[str, int]:
    return pdq.hex, pdq.quality


def _pdq(pair: tuple[str, int]) -> Pdq:
    return Pdq.from_hex(*pair)
