"""Faces of the store under an attack of the registry, in memory: for training, and to measure how training went.

An attack is written as one word, as in configurations and cards: ``attack:enhancer``, or with parameters
``attack:one_photo,core_px=96,mask=hull``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks import registry
from facewarden.lab.attacks.mesh_warp import Mask
from facewarden.lab.attacks.protocol import Attack, Scene
from facewarden.lab.training.shelf import FaceShelf
from facewarden.media.frame import Frame, ImageRGB

PREFIX = "attack:"
_CANDIDATES = 6


@dataclass(frozen=True, slots=True)
class AttackedFace:
    """A stored picture before and after an attack on its face.

    Attributes:
        genuine_rgb, forged_rgb: (H, W, 3) uint8.
        mask: (H, W), how much of each pixel was forged.
        landmarks: (468, 3) of the face, the same in both.
    """

    genuine_rgb: ImageRGB
    forged_rgb: ImageRGB
    mask: Mask
    landmarks: npt.NDArray[np.float32]

    def cut(self, to_crop: warp.Affine, size: int) -> tuple[ImageRGB, ImageRGB, Mask]:
        """The same square of the three; the mask (size, size) float32 in [0, 1]."""
        grey = np.repeat(np.rint(self.mask * 255).astype(np.uint8)[..., None], 3, axis=2)
        # Outside the picture `cut` paints grey, which is no forgery.
        inside = warp.cut(np.full_like(grey, 255), to_crop, size)[..., 0] > 200
        mask = np.where(inside, warp.cut(grey, to_crop, size)[..., 0] / np.float32(255), 0).astype(np.float32)
        return warp.cut(self.genuine_rgb, to_crop, size), warp.cut(self.forged_rgb, to_crop, size), mask


def attack_of(source: str) -> Attack:
    """The attack that a word such as ``attack:one_photo,core_px=96`` names.

    Raises:
        UsageError: there is none, or it cannot forge a stored face by itself.
    """
    name, *settings = source.removeprefix(PREFIX).split(",")
    if name in registry.NAMES and name not in registry.IN_MEMORY:
        raise UsageError(f"{name} cannot be drawn in training; {', '.join(registry.IN_MEMORY)} can.")
    attack = registry.make(name, registry.parse_settings(settings))
    if getattr(attack, "neural_steps", 0):
        raise UsageError(
            f"{name} cannot be drawn in training with neural_steps: that trains for each forgery."
        )
    return attack


def attacked(
    shelf: FaceShelf, number: int, attack: Attack, rng: np.random.Generator, *, donors: list[int]
) -> AttackedFace | None:
    """Attack face `number`; None where that leaves no pixel forged, or there is nobody's face to put in.

    Args:
        donors: numbers of the genuine faces of which one is put in, where the attack takes one: of six other
            people's the one whose pose fits best.
    """
    picture, points = shelf.face(number)
    source = None
    if attack.needs_source:
        donor = _donor(shelf, number, donors, rng)
        if donor is None:
            return None
        source = shelf.face(donor)[0]
    scene = Scene(Frame(picture, 0.0, 0), (MeshFace(points, 1.0),))
    try:
        (made,) = attack.forge([scene], source_rgb=source, seed=int(rng.integers(2**31)))
    except UsageError:
        return None  # the donor's face, cut out for the store, was not found again, or others beside it
    if not made.mask.any():
        return None
    return AttackedFace(picture, made.image_rgb, made.mask, points)


def _donor(shelf: FaceShelf, number: int, donors: list[int], rng: np.random.Generator) -> int | None:
    own = shelf.records[number].identity
    drawn = [donors[int(i)] for i in rng.integers(len(donors), size=_CANDIDATES)] if donors else []
    others = [other for other in drawn if shelf.records[other].identity != own]
    wanted = _shape(shelf.landmarks(number))

    def misfit(other: int) -> float:
        shape = _shape(shelf.landmarks(other))
        return float(np.abs(warp.apply(warp.similarity(shape, wanted), shape) - wanted).mean())

    return min(others, key=misfit, default=None)


def _shape(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return warp.apply(align.crop_transform(points), points[:, :2])
