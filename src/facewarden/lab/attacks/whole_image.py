"""`whole_image`: the whole picture rendered by a network, nothing of the camera's pixels left.

Portraits by diffusion models and clips by talking-head programs come out of a decoder as a whole. Here a small
network learns the target's own patches and renders all of it anew: the traces of such a decoder everywhere, and a
picture that shows what it showed before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.attacks.protocol import Attack, ForgedFrame, Scene, Workshop, axis, check_axes
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.lab.generators.resampler import Resampler

_PATCH_PX = 128
_PATCHES = 256


@dataclass(frozen=True, slots=True)
class WholeImage:
    """A `TrainedAttack`."""

    name: ClassVar[str] = "whole_image"
    summary: ClassVar[str] = "Render the whole picture anew by a small network, face and background alike."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    factor: int = axis(4, "pixels that a place of the code stands for: 4, 8 or 16", low=4, high=16)
    code_channels: int = axis(8, "numbers for each place of the code", low=1, high=64)
    upsampling: Literal["shuffle", "nearest", "transpose"] = axis(
        "nearest", "how the network enlarges", choices=("shuffle", "nearest", "transpose")
    )
    invention: float = axis(0.02, "weight of a discriminator that asks for detail, 0 none", low=0, high=1)
    steps: int = axis(400, "steps of training", low=1, high=100_000)

    def __post_init__(self) -> None:
        check_axes(self)
        if self.factor not in (4, 8, 16):
            raise UsageError(f"factor must be 4, 8 or 16, but got {self.factor}.")

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """Not before `train`, which returns what can. Raises UsageError."""
        raise UsageError("whole_image has to be trained on the target before it can forge.")

    def train(self, target: Iterable[Scene], source: Iterable[Scene], workshop: Workshop) -> Attack:
        """See `TrainedAttack.train`; there is no source, and faces play no part.

        Raises:
            UsageError: the pictures are smaller than a patch.
        """
        from facewarden.lab.generators.fit import fit
        from facewarden.lab.generators.material import Squares
        from facewarden.lab.generators.resampler import ResamplerShape
        from facewarden.lab.generators.tasks import ResamplerTask

        frames = (scene.frame.image_rgb for scene in target)
        squares = Squares.of_patches(frames, _PATCH_PX, most=_PATCHES, seed=workshop.seed)
        if not len(squares):
            raise UsageError("The target is too small; a picture of 160 px in both directions is the least.")
        shape = ResamplerShape(_PATCH_PX, self.factor, self.code_channels, 16, self.upsampling)
        task = ResamplerTask(shape, squares, seed=workshop.seed, invention=self.invention)
        fit(task, steps=self.steps, seed=workshop.seed, folder=workshop.folder, hook=workshop.hook)
        return _Painter(task.network.eval())


@dataclass(frozen=True, slots=True)
class _Painter:
    """An `Attack` that holds its generator."""

    name: ClassVar[str] = WholeImage.name
    summary: ClassVar[str] = WholeImage.summary
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    network: Resampler

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; nothing is drawn at random any more."""
        for scene in scenes:
            image = self._painted(scene.frame.image_rgb)
            yield ForgedFrame(image, np.ones(image.shape[:2], np.float32))

    def _painted(self, image: ImageRGB) -> ImageRGB:
        from facewarden.lab.generators.tasks import rendered

        height, width = image.shape[:2]
        factor = self.network.shape.factor
        # The network halves and doubles, so sides must be whole numbers of the code's places.
        full = np.pad(image, ((0, -height % factor), (0, -width % factor), (0, 0)), mode="edge")
        return np.ascontiguousarray(rendered(self.network, full[None])[0][:height, :width])
