"""`one_photo`: the swap from one photo with the habits of live programs, frame after frame.

What the face looks like comes from `OnePhotoSwap`; here are the options that such programs offer while they run,
each of which leaves a trace of its own: sharpening within the box of the face, opacity, blending with the frame
before, landmarks kept for several frames, frames that come through unswapped, a gradient-domain seam. With
`neural_steps` the swapped face is rendered anew by a small network, as by the decoder that such programs end with; it
learns the target's faces for this one forgery and is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import cv2
import numpy as np

from facewarden.errors import UsageError
from facewarden.faces import warp
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.mesh_warp import Mask
from facewarden.lab.attacks.neural_resample import NeuralResample, learnt_network
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.attacks.paste import pasted
from facewarden.lab.attacks.protocol import Attack, ForgedFrame, Scene, Workshop, axis, check_axes
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.lab.generators.resampler import Resampler

_MOST_NEURAL_PX = 256


@dataclass(frozen=True, slots=True)
class OnePhoto:
    """An `Attack`; a `TrainedAttack` where `neural_steps` are more than 0."""

    name: ClassVar[str] = "one_photo"
    summary: ClassVar[str] = "Put the face of one photo onto every frame, as live programs do."
    needs_source: ClassVar[bool] = True
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    core_px: int = axis(128, "side of the square in which the face is rendered, px", low=32, high=1024)
    mask: Literal["ellipse", "hull"] = axis("ellipse", "shape of the mask", choices=("ellipse", "hull"))
    colour: Literal["mean", "lab", "none"] = axis(
        "lab", "transfer of colours", choices=("mean", "lab", "none")
    )
    own_mouth: bool = axis(False, "leave what is between the lips as it is in the frame")
    poisson: bool = axis(False, "paste in the gradient domain (Perez et al. 2003)")
    sharpen: float = axis(0.0, "sharpening within the face, 0 none", low=0, high=3)
    opacity: float = axis(1.0, "how much of the swap is seen, 1 all of it", low=0.1, high=1)
    blend: float = axis(0.0, "share of the frame before in each frame", low=0, high=0.9)
    detect_every: int = axis(1, "frames for which landmarks are kept", low=1, high=30)
    drop_every: int = axis(0, "every how many frames one comes through unswapped, 0 never", low=0, high=1000)
    many_faces: bool = axis(True, "swap every face, not the largest alone")
    neural_steps: int = axis(
        0,
        "steps in which a small network learns to render the swapped face anew, 0 none",
        low=0,
        high=100_000,
    )

    def __post_init__(self) -> None:
        check_axes(self)
        if self.neural_steps and (self.core_px % 8 or self.core_px > _MOST_NEURAL_PX):
            raise UsageError(
                f"core_px must be a multiple of 8 and at most {_MOST_NEURAL_PX} with neural_steps, but got "
                f"{self.core_px}."
            )

    def train(self, target: Iterable[Scene], source: Iterable[Scene], workshop: Workshop) -> Attack:
        """See `TrainedAttack.train`: learns the target's faces; without `neural_steps` there is nothing to learn."""
        if not self.neural_steps:
            return self
        settings = NeuralResample(core_px=self.core_px, steps=self.neural_steps)
        return _Rendered(self, learnt_network(settings, target, workshop))

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; nothing is drawn, so `seed` changes nothing. With `neural_steps` not before `train`."""
        if self.neural_steps:
            raise UsageError("one_photo has to be trained on the target first where it has neural_steps.")
        return self.swapped(scenes, source_rgb)

    def swapped(
        self,
        scenes: Iterable[Scene],
        source_rgb: ImageRGB | None,
        *,
        anew: Callable[[ImageRGB], ImageRGB] | None = None,
    ) -> Iterator[ForgedFrame]:
        """Forge; `anew` renders each swapped square (S, S, 3) once more before it is pasted.

        Raises:
            UsageError: the source is missing, or shows no face or several.
        """
        if source_rgb is None:
            raise UsageError("one_photo needs a source photo, the face that is put in.")
        swap = OnePhotoSwap(
            source_rgb, core_px=self.core_px, mask=self.mask, colour=self.colour, own_mouth=self.own_mouth
        )
        return self._frames(scenes, swap, anew)

    def _frames(
        self, scenes: Iterable[Scene], swap: OnePhotoSwap, anew: Callable[[ImageRGB], ImageRGB] | None
    ) -> Iterator[ForgedFrame]:
        kept: tuple[MeshFace, ...] = ()
        before: dict[int, ImageRGB] = {}
        for number, scene in enumerate(scenes):
            if number % self.detect_every == 0 or not kept:
                kept = scene.faces if self.many_faces else _largest(scene.faces)
            image, whole = scene.frame.image_rgb, np.zeros(scene.frame.image_rgb.shape[:2], np.float32)
            if not (self.drop_every and number % self.drop_every == self.drop_every - 1):
                for place, face in enumerate(kept):
                    core, mask, to_core = swap.render(scene.frame.image_rgb, face)
                    if anew is not None:
                        core = anew(core)
                    core = before[place] = self._retouched(core, before.get(place))
                    image, part = self._put(image, core, mask * self.opacity, to_core)
                    whole = np.maximum(whole, part)
            yield ForgedFrame(image, whole)

    def _retouched(self, core: ImageRGB, before: ImageRGB | None) -> ImageRGB:
        if self.sharpen:
            soft = cv2.GaussianBlur(core, (0, 0), 1.5)
            core = cv2.addWeighted(core, 1 + self.sharpen, soft, -self.sharpen, 0)
        if self.blend and before is not None:
            core = cv2.addWeighted(core, 1 - self.blend, before, self.blend, 0)
        return core

    def _put(
        self, image: ImageRGB, core: ImageRGB, mask: Mask, to_core: warp.Affine
    ) -> tuple[ImageRGB, Mask]:
        swapped, weight = pasted(image, core, mask, to_core)
        inside = (weight > 0.5).astype(np.uint8) * 255
        if not self.poisson or not inside.any():
            return swapped, weight
        # The clone is centred on the box of its mask, and may not touch the border of the picture.
        inside[[0, -1], :] = 0
        inside[:, [0, -1]] = 0
        x, y, width, height = cv2.boundingRect(inside)
        centre = (x + width // 2, y + height // 2)
        # OpenCV writes into the mask that it is given.
        cloned = cv2.seamlessClone(swapped, image, inside.copy(), centre, cv2.NORMAL_CLONE)
        # It also moves pixels along the border by a level or two: those are not part of the swap.
        return np.where(inside[..., None] > 0, cloned, image), (inside > 0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Rendered:
    """An `Attack` that holds its generator."""

    name: ClassVar[str] = OnePhoto.name
    summary: ClassVar[str] = OnePhoto.summary
    needs_source: ClassVar[bool] = True
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    settings: OnePhoto
    network: Resampler

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; nothing is drawn at random any more."""
        from facewarden.lab.generators.tasks import rendered

        return self.settings.swapped(
            scenes, source_rgb, anew=lambda square: rendered(self.network, square[None])[0]
        )


def _largest(faces: tuple[MeshFace, ...]) -> tuple[MeshFace, ...]:
    return tuple(sorted(faces, key=lambda f: -float(np.prod(f.box_xyxy[2:] - f.box_xyxy[:2])))[:1])
