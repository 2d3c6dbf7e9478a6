"""`autoencoder`: the classic deepfake. Two people's clips, one encoder, two decoders, and the decoders swapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.attacks.compose import COLOURS, SHAPES
from facewarden.lab.attacks.mesh_warp import Mask
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.lab.attacks.protocol import Attack, ForgedFrame, Scene, Workshop, axis, check_axes
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace
    from facewarden.lab.generators.shared_decoders import SharedAutoencoder

_SOURCE = 1
"""The number of the decoder; the target's own is 0."""

_FEWEST_FACES = 12
_MOST_CROWDED = 0.1


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """A `TrainedAttack`."""

    name: ClassVar[str] = "autoencoder"
    summary: ClassVar[str] = (
        "Train one encoder and two decoders on two people's clips, and swap the decoders."
    )
    needs_source: ClassVar[bool] = True
    source_kind: ClassVar[Literal["photo", "clip"]] = "clip"

    core_px: int = axis(64, "side of the square in which the face is drawn, px", low=32, high=128)
    steps: int = axis(3000, "steps of training", low=1, high=200_000)
    batch: int = axis(8, "faces of each person in a step", low=1, high=64)
    width: int = axis(32, "channels of the first layer; more draw finer and slower", low=8, high=128)
    colour: Literal["none", "mean", "lab", "histogram", "poisson"] = axis(
        "lab", "transfer of colours", choices=COLOURS
    )
    mask: Literal["hull", "ellipse", "learned"] = axis("learned", "shape of the mask", choices=SHAPES)
    edge: float = axis(0.04, "blur of the mask's edge, in sides of the square", low=0.005, high=0.15)

    def __post_init__(self) -> None:
        check_axes(self)
        if self.core_px % 16:
            raise UsageError(f"core_px must be a multiple of 16, but got {self.core_px}.")

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """Not before `train`, which returns what can. Raises UsageError."""
        raise UsageError("autoencoder has to be trained on the two clips before it can forge.")

    def train(self, target: Iterable[Scene], source: Iterable[Scene], workshop: Workshop) -> Attack:
        """See `TrainedAttack.train`."""
        from facewarden.lab.generators.fit import fit
        from facewarden.lab.generators.material import Squares
        from facewarden.lab.generators.shared_decoders import AutoencoderShape
        from facewarden.lab.generators.tasks import AutoencoderTask

        people = [
            Squares.of_frames(one_face_each(scenes, whose), self.core_px)
            for scenes, whose in ((target, "The target"), (source, "The source"))
        ]
        shape = AutoencoderShape(self.core_px, self.width)
        task = AutoencoderTask(shape, people, seed=workshop.seed, batch=self.batch)
        fit(task, steps=self.steps, seed=workshop.seed, folder=workshop.folder, hook=workshop.hook)
        return _Swapper(self, task.network.eval())


def one_face_each(scenes: Iterable[Scene], whose: str) -> Iterator[tuple[ImageRGB, MeshFace]]:
    """The frames that show one face, with that face.

    Raises:
        UsageError: at the end, where fewer than 12 frames did, or one in ten showed several.
    """
    found, crowded = 0, 0
    for scene in scenes:
        crowded += len(scene.faces) > 1
        if len(scene.faces) == 1:
            found += 1
            yield scene.frame.image_rgb, scene.faces[0]
    if crowded > _MOST_CROWDED * (found + crowded):
        raise UsageError(f"{whose} shows several people; cut or crop it to the one whose face is meant.")
    if found < _FEWEST_FACES:
        raise UsageError(
            f"{whose} shows a face in {found} frames; a decoder needs {_FEWEST_FACES} at the very least, and "
            "hundreds to be any good."
        )


@dataclass(frozen=True, slots=True)
class _Swapper:
    """An `Attack` that holds its generator."""

    name: ClassVar[str] = Autoencoder.name
    summary: ClassVar[str] = Autoencoder.summary
    needs_source: ClassVar[bool] = True
    source_kind: ClassVar[Literal["photo", "clip"]] = "clip"

    settings: Autoencoder
    network: SharedAutoencoder

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; nothing is drawn at random any more."""
        for scene in scenes:
            image = scene.frame.image_rgb
            whole = np.zeros(image.shape[:2], np.float32)
            for face in scene.faces:
                image, part = self._swapped(image, face)
                whole = np.maximum(whole, part)
            yield ForgedFrame(image, whole)

    def _swapped(self, image: ImageRGB, face: MeshFace) -> tuple[ImageRGB, Mask]:
        from facewarden.lab.generators.tasks import drawn_face

        how, size = self.settings, self.settings.core_px
        own = aligned(image, face, size)
        core, mask = drawn_face(self.network, own, _SOURCE, colour=how.colour, shape=how.mask, edge=how.edge)
        return pasted(image, core, mask, to_square(face, size))
