"""What a swapper learns from: squares of many people, with who is seen in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from facewarden.faces import warp
from facewarden.faces.identity import CHIP_PX, chip_transform
from facewarden.lab.attacks.mesh_warp import AlignedFace, ellipse, transfer_colour, warp_to_mesh
from facewarden.lab.generators.material import Drawn, Squares, as_tensor, wide_square
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord
from facewarden.media.frame import ImageRGB

_AT_ONCE = 16
POSES_TRIED = 8


@dataclass(frozen=True, slots=True)
class Portraits:
    """N faces of many people.

    Attributes:
        squares: the faces themselves.
        to_chips: (N, 2, 3) float64, from pixels of the room of `squares` to those of the chip that an identity is
            read from (`facewarden.faces.identity`).
        embeddings: (N, 128) float32.
        people: a word for each face, the same for the same person.
        givers: (N,) number of somebody else's face, looking in about the same direction.
        guides_rgb: (N, R, R, 3) uint8, each face with that of its giver warped onto it by the mesh, its colours
            fitted: no network's picture, but near enough to the one that a swapper should draw.
    """

    squares: Squares
    to_chips: npt.NDArray[np.float64]
    embeddings: npt.NDArray[np.float32]
    people: tuple[str, ...]
    givers: npt.NDArray[np.int64]
    guides_rgb: npt.NDArray[np.uint8]

    @classmethod
    def of_shelf(
        cls,
        shelf: FaceShelf,
        numbers: Sequence[int],
        size_px: int,
        identity: nn.Module,
        rng: np.random.Generator,
    ) -> Portraits:
        """Cut the stored faces `numbers`; `identity` gives the embeddings of their chips."""
        squares = Squares.of_shelf(shelf, numbers, size_px)
        records = [shelf.records[number] for number in numbers]
        to_chips, faces = [], []
        for image, number in zip(squares.images_rgb, numbers, strict=True):
            landmarks = shelf.landmarks(number)
            to_room = wide_square(landmarks, size_px)
            to_chips.append(_after(chip_transform(landmarks), warp.invert(to_room)))
            faces.append(AlignedFace(image, warp.apply(to_room, landmarks[:, :2])))
        givers = [_giver(n, records, rng) for n in range(len(records))]
        guides = [_guide(face, faces[giver]) for face, giver in zip(faces, givers, strict=True)]
        return cls(
            squares,
            np.array(to_chips),
            embedded(shelf, numbers, identity),
            tuple(record.identity for record in records),
            np.array(givers),
            np.stack(guides),
        )

    def __len__(self) -> int:
        return len(self.people)

    def to_chip(self, drawn: Drawn) -> warp.Affine:
        """(2, 3) from the pixels of a face as it was drawn to those of its chip."""
        to_chip: warp.Affine = self.to_chips[drawn.number]
        if drawn.mirrored:
            to_chip = _after(_mirror(CHIP_PX), _after(to_chip, _mirror(self.squares.images_rgb.shape[1])))
        return _after(to_chip, warp.invert(drawn.turn))

    def strangers(self, person: str) -> list[int]:
        """The faces of everybody else."""
        return [n for n, name in enumerate(self.people) if name != person]


def embedded(shelf: FaceShelf, numbers: Sequence[int], identity: nn.Module) -> npt.NDArray[np.float32]:
    """(N, 128) embeddings of stored faces, several at once: a tenth of what `IdentityEncoder` takes for each."""
    found = [np.zeros((0, 128), np.float32)]
    device = next((tensor.device for tensor in identity.buffers()), torch.device("cpu"))
    for start in range(0, len(numbers), _AT_ONCE):
        faces = [shelf.face(number) for number in numbers[start : start + _AT_ONCE]]
        chips = [warp.cut(image, chip_transform(points), CHIP_PX) for image, points in faces]
        with torch.inference_mode():
            found.append(identity(as_tensor(np.stack(chips)).to(device)).cpu().numpy())
    return np.concatenate(found)


def looking_alike(records: Sequence[FaceRecord], n: int, tried: Sequence[int]) -> int | None:
    """Of the faces `tried` the one of somebody else that looks most nearly in the direction of face `n`."""
    own = records[n]
    others = [k for k in tried if records[k].identity != own.identity]
    return min(others, key=lambda k: abs(records[k].yaw_deg - own.yaw_deg), default=None)


def _giver(n: int, records: Sequence[FaceRecord], rng: np.random.Generator) -> int:
    """Somebody else's face for face `n`, or `n` where all that were tried are one's own."""
    found = looking_alike(records, n, rng.integers(len(records), size=POSES_TRIED).tolist())
    return n if found is None else found


def _guide(face: AlignedFace, giver: AlignedFace) -> ImageRGB:
    room = face.image_rgb.shape[0]
    warped = warp_to_mesh(giver, face.landmarks, size=room)
    return transfer_colour(warped, face.image_rgb, ellipse(face.landmarks, room), how="lab")


def _after(second: warp.Affine, first: warp.Affine) -> warp.Affine:
    """The map that does `first`, then `second`."""
    both = second[:, :2] @ first
    both[:, 2] += second[:, 2]
    return both


def _mirror(side: int) -> warp.Affine:
    return np.array([[-1.0, 0.0, side - 1.0], [0.0, 1.0, 0.0]])
