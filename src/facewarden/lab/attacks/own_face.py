"""Attacks that leave the person who they are: the face is changed, nobody else's is put in.

They teach and test single traces: a seam (`self_blend`), a core of few pixels (`resample_core`), the square that face
enhancers leave (`enhancer`), and a regenerated mouth (`lip_region`). What is drawn at random is drawn once for a clip,
so that a clip does not flicker more than its attack does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import cv2
import numpy as np

from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.forge import Forged, deformed_mask, self_blend, soften
from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask, hull, soft_edge
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.lab.attacks.protocol import ForgedFrame, Scene, axis, check_axes
from facewarden.media.frame import ImageRGB

Change = Callable[[AlignedFace, np.random.Generator], Forged]
"""The aligned face as it is after the attack, and the mask under which it comes back into the frame."""

_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)


@dataclass(frozen=True, slots=True)
class SelfBlend:
    """An `Attack` (Shiohara & Yamasaki 2022)."""

    name: ClassVar[str] = "self_blend"
    summary: ClassVar[str] = "Blend every face with a changed copy of itself: a seam, and nothing else."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; a source is not used."""
        return _changed(scenes, self._change, seed)

    def _change(self, face: AlignedFace, rng: np.random.Generator) -> Forged:
        made = self_blend(face, rng)
        return Forged(made.image_rgb, _support(made.mask))


@dataclass(frozen=True, slots=True)
class ResampleCore:
    """An `Attack`."""

    name: ClassVar[str] = "resample_core"
    summary: ClassVar[str] = "Render every face anew from a few pixels, as small networks do."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    core_px: int = axis(96, "side of the square of few pixels, px", low=24, high=256)
    opacity: float = axis(1.0, "how much of it is seen, 1 all", low=0.1, high=1)

    def __post_init__(self) -> None:
        check_axes(self)

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; a source is not used."""
        return _changed(scenes, self._change, seed)

    def _change(self, face: AlignedFace, rng: np.random.Generator) -> Forged:
        grown = _regrown(face.image_rgb, self.core_px)
        mask = soften(deformed_mask(face, rng), rng)
        return Forged(grown, np.asarray(mask * self.opacity, np.float32))


@dataclass(frozen=True, slots=True)
class Enhancer:
    """An `Attack`."""

    name: ClassVar[str] = "enhancer"
    summary: ClassVar[str] = "The over-sharpened square that a face enhancer leaves."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    strength: float = axis(1.5, "sharpening, 0.3 slight", low=0.3, high=4)
    smooth: float = axis(25.0, "skin smoothing before, in levels of 0..255", low=1, high=80)
    edge_px: int = axis(6, "width of the square's soft edge, px of a 256 px face", low=1, high=40)

    def __post_init__(self) -> None:
        check_axes(self)

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; a source is not used."""
        return _changed(scenes, self._change, seed)

    def _change(self, face: AlignedFace, rng: np.random.Generator) -> Forged:
        smooth = cv2.bilateralFilter(face.image_rgb, 7, self.smooth, 5)
        soft = cv2.GaussianBlur(smooth, (0, 0), 2.0)
        crisp = cv2.addWeighted(smooth, 1 + self.strength, soft, -self.strength, 0)
        mask = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        edge = 2 * self.edge_px
        mask[edge : CROP_SIZE - edge, edge : CROP_SIZE - edge] = 1
        return Forged(crisp, soft_edge(mask, self.edge_px))


@dataclass(frozen=True, slots=True)
class LipRegion:
    """An `Attack`."""

    name: ClassVar[str] = "lip_region"
    summary: ClassVar[str] = "Render the mouth anew, as lip-synchronising networks do."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    core_px: int = axis(96, "side of the square from which the lower face is rendered, px", low=24, high=256)
    shift: float = axis(0.02, "movement of the lips, in heights of the face", low=0, high=0.08)
    grow: float = axis(1.8, "extent of the forged region over that of the lips", low=1.1, high=3)

    def __post_init__(self) -> None:
        check_axes(self)

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; a source is not used."""
        return _changed(scenes, self._change, seed)

    def _change(self, face: AlignedFace, rng: np.random.Generator) -> Forged:
        grown = _regrown(face.image_rgb, self.core_px)
        distance = self.shift * 0.78 * CROP_SIZE * rng.uniform(0.5, 1)
        moved = cv2.warpAffine(
            grown, np.array([[1, 0, 0], [0, 1, distance]], np.float64), (CROP_SIZE, CROP_SIZE),
            borderMode=cv2.BORDER_REFLECT,
        )  # fmt: skip
        mask = hull(face.landmarks[list(_LIPS)], CROP_SIZE, grow=self.grow)
        return Forged(np.asarray(moved, np.uint8), soft_edge(mask, 5))


def _changed(scenes: Iterable[Scene], change: Change, seed: int) -> Iterator[ForgedFrame]:
    """Change every face in its aligned square and paste it back; what lies outside its mask stays as it was."""
    for scene in scenes:
        image = scene.frame.image_rgb
        whole = np.zeros(image.shape[:2], np.float32)
        for place, face in enumerate(scene.faces):
            square = aligned(image, face, CROP_SIZE)
            made = change(square, np.random.default_rng([seed, place]))
            image, part = pasted(image, made.image_rgb, made.mask, to_square(face, CROP_SIZE))
            whole = np.maximum(whole, part)
        yield ForgedFrame(image, whole)


def _regrown(square: ImageRGB, core_px: int) -> ImageRGB:
    small = cv2.resize(square, (core_px, core_px), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC), np.uint8)


def _support(mask: Mask) -> Mask:
    """1 where the mask is above 0, with a soft rim: for pictures in which the blend is done already."""
    return soft_edge((mask > 0.004).astype(np.float32), 1.5)
