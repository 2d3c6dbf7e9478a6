"""`evade`: an attacker who knows our detector changes a forgery, hardly visibly, until we call it genuine.

Whoever installs the package has the network; `gradient` differentiates it, `score` asks it like a stranger would, and
who is `aware` also attacks the second look at worse copies of a photo (`facewarden.cues.steadiness`). The
change is made to the picture itself, within a budget of visible quality over the part that is changed. This attack is
what the table of `facewarden lab evasion` measures. It begins with a forgery that is there already, and like every
other attack it leaves the lab with all marks on it only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np

from facewarden.cues.frame_forgery import MODEL
from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE
from facewarden.inference import Network
from facewarden.lab.attacks import by_score
from facewarden.lab.attacks.protocol import ForgedFrame, Scene, axis, check_axes
from facewarden.lab.attacks.rule import Rule
from facewarden.lab.attacks.visible import Budget, Change, Patch, patch_of
from facewarden.media.frame import ImageRGB
from facewarden.models import model_path

_MARGIN = 1.0
"""A logit this far below the limit is called without a sign surely enough; going on would spend quality for nothing."""
_NEAR_PX = 40
"""A face whose crop lies farther away is another one."""


@dataclass(frozen=True, slots=True)
class Evade:
    """An `Attack`."""

    name: ClassVar[str] = "evade"
    summary: ClassVar[str] = "Change a forgery, hardly visibly, until our own network calls it genuine."
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    how: Literal["gradient", "score"] = axis(
        "gradient",
        "gradient of our network, which needs PyTorch, or its score alone",
        choices=("gradient", "score"),
    )
    aware: bool = axis(
        False, "knows of the second look at worse copies and attacks it as well; by gradient only"
    )
    psnr_db: float = axis(40.0, "lowest PSNR of the changed part, dB", low=30, high=60)
    ssim: float = axis(0.9, "lowest SSIM of the changed part", low=0, high=1)
    steps: int = axis(40, "steps down the gradient", low=1, high=500)
    queries: int = axis(500, "looks of the detector at most", low=10, high=20_000)

    def __post_init__(self) -> None:
        check_axes(self)
        if self.aware and self.how != "gradient":
            raise UsageError(f"aware=true needs how=gradient, but got how={self.how}.")

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`; a source is not used. A clip is changed frame by frame.

        Raises:
            UsageError: `gradient` is wanted and PyTorch is missing.
        """
        if self.how == "gradient":
            _demand_torch()
        for scene in scenes:
            image = scene.frame.image_rgb
            whole = np.zeros(image.shape[:2], np.float32)
            for place, face in enumerate(scene.faces):
                patch = patch_of(image, face)
                if patch is None:
                    continue
                changed = self.evaded(image, patch, np.random.default_rng([seed, scene.frame.index, place]))
                image = patch.put_into(image, changed)
                top, left = patch.place
                part = whole[top : top + changed.shape[0], left : left + changed.shape[1]]
                np.maximum(part, patch.window, out=part)
            yield ForgedFrame(image, whole)

    def evaded(self, image_rgb: ImageRGB, patch: Patch, rng: np.random.Generator) -> ImageRGB:
        """The changed patch (h, w, 3) uint8; its quality is within the budget."""
        budget = Budget(self.psnr_db, self.ssim)
        return budget.applied(patch.image_rgb, self.change(image_rgb, patch, rng))

    def change(
        self, image_rgb: ImageRGB, patch: Patch, rng: np.random.Generator, *, start: Change | None = None
    ) -> Change:
        """What is added to the patch, within the PSNR; `start` is what was found within a higher one."""
        radius = Budget(self.psnr_db).radius(patch.image_rgb)
        rule = Rule.in_use()
        if self.aware:
            from facewarden.lab.attacks import aware

            def aligned(patch_rgb: ImageRGB) -> warp.Affine:
                return alignment(patch.put_into(image_rgb, patch_rgb), patch.to_crop)

            return aware.descend(
                patch, rule=rule, aligned=aligned, radius=radius, steps=self.steps, rng=rng, start=start
            )
        goal = rule.no_sign - _MARGIN
        if self.how == "gradient":
            from facewarden.lab.attacks.by_gradient import descend

            return descend(patch, radius=radius, steps=self.steps, goal=goal, rng=rng, start=start)

        def score(patch_rgb: ImageRGB) -> float:
            return logit_of(patch.crop_of(patch.put_into(image_rgb, patch_rgb)))

        return by_score.search(
            patch, score, radius=radius, queries=self.queries, goal=goal, rng=rng, start=start
        )


def alignment(image_rgb: ImageRGB, near: warp.Affine) -> warp.Affine:
    """How the check aligns the face of a photo that lies where `near` looks; `near` where it finds none there."""
    faces = _finder().find(image_rgb, thorough=True)
    middle = warp.apply(warp.invert(near), np.full((1, 2), CROP_SIZE / 2))
    found = [align.crop_transform(face.landmarks) for face in faces]
    # How far the middle of the crop moved, in pixels of the crop.
    far = [float(np.linalg.norm(warp.apply(to_crop, middle) - CROP_SIZE / 2)) for to_crop in found]
    return found[int(np.argmin(far))] if far and min(far) < _NEAR_PX else near


def logit_of(crop_rgb: ImageRGB) -> float:
    """What the check's network says of an aligned crop of a photo, as it is and mirrored."""
    picture = crop_rgb.transpose(2, 0, 1).astype(np.float32)
    return float(_network()(np.stack([picture, picture[..., ::-1]]))[0].mean())


@cache
def _network() -> Network:
    return Network(model_path(MODEL), threads=1)


@cache
def _finder() -> FaceFinder:
    return FaceFinder()


def _demand_torch() -> None:
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            "The gradient needs PyTorch, which comes with the extra [lab]: pip install 'facewarden[lab]'. "
            "Without it there is how=score."
        ) from error
