"""`neural_resample`: every face rendered anew by a small network that learnt it; nobody else's face is put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.attacks.compose import composed
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.lab.attacks.protocol import Attack, ForgedFrame, Scene, Workshop, axis, check_axes
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.lab.generators.resampler import Resampler


@dataclass(frozen=True, slots=True)
class NeuralResample:
    """A `TrainedAttack`."""

    name: ClassVar[str] = "neural_resample"
    summary: ClassVar[str] = "Render every face anew by a small network: its texture, and nobody else's face."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    core_px: int = axis(128, "side of the square in which the face is rendered, px", low=32, high=256)
    factor: int = axis(8, "pixels that a place of the code stands for: 4, 8 or 16", low=4, high=16)
    code_channels: int = axis(8, "numbers for each place of the code", low=1, high=64)
    upsampling: Literal["shuffle", "nearest", "transpose"] = axis(
        "shuffle", "how the network enlarges", choices=("shuffle", "nearest", "transpose")
    )
    invention: float = axis(0.02, "weight of a discriminator that asks for detail, 0 none", low=0, high=1)
    steps: int = axis(400, "steps of training", low=1, high=100_000)
    mask: Literal["hull", "ellipse"] = axis("ellipse", "shape of the mask", choices=("hull", "ellipse"))

    def __post_init__(self) -> None:
        check_axes(self)
        if self.factor not in (4, 8, 16) or self.core_px % self.factor:
            raise UsageError(
                f"factor must be 4, 8 or 16 and divide core_px, but got {self.factor} and {self.core_px}."
            )

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """Not before `train`, which returns what can. Raises UsageError."""
        raise UsageError("neural_resample has to be trained on the target before it can forge.")

    def train(self, target: Iterable[Scene], source: Iterable[Scene], workshop: Workshop) -> Attack:
        """See `TrainedAttack.train`; there is no source."""
        return _Renderer(self, learnt_network(self, target, workshop))


def learnt_network(settings: NeuralResample, target: Iterable[Scene], workshop: Workshop) -> Resampler:
    """Train the network of `settings` on the faces of `target`.

    Raises:
        UsageError: there is no face, or the folder of the workshop holds another training.
    """
    from facewarden.lab.generators.fit import fit
    from facewarden.lab.generators.material import Squares
    from facewarden.lab.generators.resampler import ResamplerShape
    from facewarden.lab.generators.tasks import ResamplerTask

    faces = ((scene.frame.image_rgb, face) for scene in target for face in scene.faces)
    squares = Squares.of_frames(faces, settings.core_px)
    if not len(squares):
        raise UsageError("The target shows no face to learn from.")
    shape = ResamplerShape(
        settings.core_px, settings.factor, settings.code_channels, upsampling=settings.upsampling
    )
    task = ResamplerTask(shape, squares, seed=workshop.seed, invention=settings.invention)
    fit(task, steps=settings.steps, seed=workshop.seed, folder=workshop.folder, hook=workshop.hook)
    return task.network.eval()


@dataclass(frozen=True, slots=True)
class _Renderer:
    """An `Attack` that holds its generator."""

    name: ClassVar[str] = NeuralResample.name
    summary: ClassVar[str] = NeuralResample.summary
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    settings: NeuralResample
    network: Resampler

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; nothing is drawn at random any more."""
        from facewarden.lab.generators.tasks import rendered

        size = self.settings.core_px
        for scene in scenes:
            image = scene.frame.image_rgb
            whole = np.zeros(image.shape[:2], np.float32)
            for face in scene.faces:
                own = aligned(image, face, size)
                core = rendered(self.network, own.image_rgb[None])[0]
                core, mask = composed(core, own, colour="none", shape=self.settings.mask)
                image, part = pasted(image, core, mask, to_square(face, size))
                whole = np.maximum(whole, part)
            yield ForgedFrame(image, whole)
