"""White box, and knows of the second look: the picture and its worse copies have to pass together.

The attacker has read the check's rule (`Rule`): the logit has to lie below a limit, and the worse copies
(`facewarden.cues.steadiness`) not too far above it. He goes down the distance to that rule, not down the logit: a
picture that is called genuine too surely is the one whose copies jump. He computes the very copies of the check and
lets gradients pass them by way of the few pixels, which is exact for that copy and a good guess for strong JPEG, where
what is fine does not live on either (BPDA, Athalye and others 2018). Every few steps he has the face found anew in
the changed picture, as the check will, and every other look is through an alignment that is a little off.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from facewarden.cues.steadiness import few_pixels, worse_copies
from facewarden.faces import warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.by_gradient import (
    Descent,
    crop_of,
    jittered,
    levels,
    logits_of,
    one_thread,
    tensor,
)
from facewarden.lab.attacks.rule import Rule
from facewarden.lab.attacks.visible import Change, Patch
from facewarden.media.frame import ImageRGB

_MARGIN = 0.5
"""In logits, on both sides of the rule: the check's own resampling and alignment differ a little."""
_ALIGN_EVERY = 4
_SURE = 4
"""Looks one after another that must satisfy the rule before the search ends."""
_JITTER = 0.3

Alignment = Callable[[ImageRGB], warp.Affine]
"""How the check aligns the face when the patch (h, w, 3) uint8 is in its place."""


def descend(
    patch: Patch,
    *,
    rule: Rule,
    aligned: Alignment,
    radius: float,
    steps: int,
    rng: np.random.Generator,
    start: Change | None = None,
) -> Change:
    """The change of at most `radius` (Euclidean, in levels), of `steps` looked at, that comes nearest to the rule.

    It ends early where several looks in a row satisfy it. `start` is a change to begin with, such as one that was
    found for a smaller radius; it comes back itself where it is good enough.
    """
    descent = Descent(patch, radius=radius, steps=steps, start=start)
    to_crop, found, nearest, calm = patch.to_crop, descent.found(), float("inf"), 0
    with one_thread():
        for number in range(steps):
            looked = descent.looked()
            looked = looked + (looked.round() - looked).detach()
            if number % _ALIGN_EVERY == 0:
                to_crop = aligned(levels(looked))
            exact = number % 2 == 0
            here = to_crop if exact else jittered(to_crop, rng, share=_JITTER)
            loss = distance(*looks(crop_of(looked, patch, here)), rule)
            missing = float(loss.detach())
            if exact and missing <= nearest:
                found, nearest = descent.found(), missing
            calm = calm + 1 if missing == 0 else 0
            if calm == _SURE:
                break
            if calm == 0:
                descent.step(loss)
    return found


def looks(crop: Tensor) -> tuple[Tensor, Tensor]:
    """The logit of a crop (1, 3, S, S) as it is and mirrored, and the mean over its worse copies; two scalars."""
    logits = logits_of(torch.cat([crop, crop.flip(3), copies_of(crop)]))
    return logits[:2].mean(), logits[2:].mean()


def copies_of(crop: Tensor) -> Tensor:
    """The check's worse copies (n, 3, S, S) of a crop (1, 3, S, S), each with the gradient of the few pixels."""
    through = _few_pixels()
    soft = through @ crop @ through.T
    # `crop_of` lies half a level below the check's whole levels on average.
    worse = torch.cat([tensor(copy) for copy in worse_copies(levels((crop + 0.5).floor()))])
    return soft + (worse - soft).detach()


def distance(logit: Tensor, worse: Tensor, rule: Rule) -> Tensor:
    """How far a photo is from being called without a sign by a margin, in logits; a scalar, 0 where it is."""
    goal = rule.no_sign - _MARGIN
    missing = torch.relu(logit - goal)
    if rule.unstable == float("inf"):
        return missing
    # Where the logit is yet too high the copies are asked to come as low as they must be in the end. Where it is low
    # already it may rise again to meet them.
    return missing + torch.relu(worse - logit.clamp(max=goal) - (rule.unstable - _MARGIN))


@cache
def _few_pixels() -> Tensor:
    """(S, S): `few_pixels` along one axis. It is linear, so its answers to single rows say all."""
    rows = []
    for row in np.eye(CROP_SIZE, dtype=np.float32):
        picture = Image.fromarray(np.repeat(row[:, None], CROP_SIZE, axis=1))
        rows.append(np.asarray(few_pixels(picture))[:, CROP_SIZE // 2])
    return torch.from_numpy(np.stack(rows, axis=1))
