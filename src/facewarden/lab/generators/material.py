"""What generators learn from: aligned squares with the mask of the face, from frames or from a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from facewarden.faces import align, warp
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.mesh_warp import Mask, hull
from facewarden.lab.training.shelf import FaceShelf
from facewarden.media.frame import ImageRGB

_ROOM = 1.25
"""Squares are kept this much larger than they are used, so that a training can move and turn them."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Face `number` of `Squares`, first `mirrored` or not, then moved by `turn` from the room to the side S.

    `image` (S, S, 4) uint8 holds the mask as its fourth channel.
    """

    number: int
    mirrored: bool
    turn: warp.Affine
    image: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Squares:
    """Faces of one person, or of many: `images_rgb` (N, R, R, 3) uint8 and `masks` (N, R, R) uint8, 255 the face.

    R is `_ROOM` times the side that generators see; `drawn` cuts that side out.
    """

    images_rgb: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.uint8]
    size_px: int

    def __len__(self) -> int:
        return len(self.images_rgb)

    @classmethod
    def of_frames(cls, frames: Iterable[tuple[ImageRGB, MeshFace]], size_px: int) -> Squares:
        """Cut the face of each frame."""
        return cls._gathered(
            ((image, face.landmarks) for image, face in frames), size_px
        )  # fmt: skip

    @classmethod
    def of_shelf(cls, shelf: FaceShelf, numbers: Sequence[int], size_px: int) -> Squares:
        """Cut the stored faces `numbers`."""
        return cls._gathered((shelf.face(number) for number in numbers), size_px)

    @classmethod
    def of_patches(cls, frames: Iterable[ImageRGB], size_px: int, *, most: int, seed: int) -> Squares:
        """Cut patches anywhere out of frames, whatever they show, `most` in all."""
        room = round(size_px * _ROOM)
        rng = np.random.default_rng(seed)
        patches: list[ImageRGB] = []
        for image in frames:
            height, width = image.shape[:2]
            if min(height, width) < room:
                continue
            for _ in range(4 if patches else most):
                y, x = int(rng.integers(height - room + 1)), int(rng.integers(width - room + 1))
                patches.append(image[y : y + room, x : x + room].copy())
        chosen = rng.permutation(len(patches))[:most]
        images = np.stack([patches[n] for n in chosen]) if patches else np.zeros((0, room, room, 3), np.uint8)
        return cls(images, np.full(images.shape[:3], 255, np.uint8), size_px)

    @classmethod
    def _gathered(cls, faces: Iterable[tuple[ImageRGB, npt.NDArray[np.float32]]], size_px: int) -> Squares:
        room = round(size_px * _ROOM)
        images, masks = [], []
        for image, landmarks in faces:
            to_room = wide_square(landmarks, size_px)
            images.append(warp.cut(image, to_room, room))
            shape = hull(warp.apply(to_room, landmarks[:, :2]), room, grow=1.0)
            masks.append(np.asarray(shape * 255, np.uint8))
        return cls(
            np.stack(images) if images else np.zeros((0, room, room, 3), np.uint8),
            np.stack(masks) if masks else np.zeros((0, room, room), np.uint8),
            size_px,
        )

    def drawn(
        self, count: int, rng: np.random.Generator, *, deform: float = 0.0
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Draw `count` faces at random, moved, turned and mirrored a little.

        Returns:
            What goes in, (count, S, S, 3), elastically deformed by up to `deform` of its side, and what is to come
            out, (count, S, S, 4) with the mask as its fourth channel. Undeformed the two show the same.
        """
        inputs, outputs = [], []
        for _ in range(count):
            out = self.draw(rng).image
            inputs.append(_deformed(out[..., :3], rng, deform) if deform else out[..., :3])
            outputs.append(out)
        return np.stack(inputs), np.stack(outputs)

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Draw one face at random, moved, turned and mirrored a little."""
        n = int(rng.integers(len(self)))
        both = np.dstack([self.images_rgb[n], self.masks[n]])
        mirrored = rng.random() < 0.5
        if mirrored:
            both = both[:, ::-1]
        turn = _turned_at_random(both.shape[0], self.size_px, rng)
        return Drawn(n, mirrored, turn, _turned(both, turn, self.size_px))

    def along(self, drawn: Drawn, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Move another picture (R, R, 3) of the same room as a face was `drawn`: (S, S, 3)."""
        return _turned(image[:, ::-1] if drawn.mirrored else image, drawn.turn, self.size_px)

    def middle(self, n: int) -> npt.NDArray[np.uint8]:
        """(S, S, 4) face `n` where it lies, with its mask."""
        edge = (self.images_rgb.shape[1] - self.size_px) // 2
        inside = slice(edge, edge + self.size_px)
        return np.dstack([self.images_rgb[n], self.masks[n]])[inside, inside]


def wide_square(landmarks: npt.NDArray[np.float32], size_px: int) -> warp.Affine:
    """The similarity from the frame to the square with room around it."""
    room = round(size_px * _ROOM)
    transform = align.crop_transform(landmarks) * (size_px / 256)
    transform[:, 2] += (room - size_px) // 2
    return transform


def as_tensor(images: npt.NDArray[np.uint8]) -> Tensor:
    """(N, S, S, C) uint8 to (N, C, S, S) float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).float() / 255


def as_images(tensor: Tensor) -> npt.NDArray[np.uint8]:
    """The inverse of `as_tensor`, rounded."""
    rounded = (tensor.detach().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(rounded.numpy().transpose(0, 2, 3, 1))


def learned_mask(channel: npt.NDArray[np.uint8]) -> Mask:
    """The mask that a decoder drew, (S, S) in [0, 1], without its faint fringe."""
    return np.clip((channel.astype(np.float32) / 255 - 0.1) / 0.8, 0, 1)


def _turned_at_random(room: int, size: int, rng: np.random.Generator) -> warp.Affine:
    angle, scale = rng.uniform(-7, 7), rng.uniform(0.95, 1.06)
    turn = cv2.getRotationMatrix2D(((room - 1) / 2, (room - 1) / 2), angle, scale)
    turn[:, 2] += (size - room) / 2 + rng.uniform(-0.04, 0.04, 2) * size
    return np.asarray(turn, np.float64)


def _turned(image: npt.NDArray[np.uint8], turn: warp.Affine, size: int) -> npt.NDArray[np.uint8]:
    whole = np.ascontiguousarray(image)
    return np.asarray(cv2.warpAffine(whole, turn, (size, size), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _deformed(image: npt.NDArray[np.uint8], rng: np.random.Generator, amount: float) -> npt.NDArray[np.uint8]:
    """Bend the face on a grid of 5 x 5 points: an encoder that has to see through this describes, and does not copy."""
    size = image.shape[0]
    bend = rng.normal(0, amount * size, (2, 5, 5)).astype(np.float32)
    dx, dy = (cv2.resize(b, (size, size), interpolation=cv2.INTER_CUBIC) for b in bend)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    bent = cv2.remap(image, columns + dx, rows + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(bent, np.uint8)
