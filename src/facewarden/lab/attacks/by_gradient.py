"""White box: who has our ONNX file can differentiate it, through the alignment, down to the pixels of the picture.

The change is a point in a ball (PSNR) that goes down the gradient of the logit with momentum (Dong and others 2018, in
the Euclidean norm). Each step looks at the picture as it is and once more after a small random shift, turn and zoom of
the alignment and, every other time, after JPEG of random quality (gradients pass it straight through, Athalye and
others 2018), so that the change outlives what happens to files: expectation over transformation.
"""

from __future__ import annotations

from collections import deque
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from facewarden.cues.frame_forgery import MODEL
from facewarden.faces import warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.launder import jpeg
from facewarden.lab.attacks.visible import Change, Patch
from facewarden.lab.training.exported import load_exported
from facewarden.lab.training.network import ForgeryNet
from facewarden.models import model_path

_MOMENTUM = 0.8
_REACH = 2.5
"""How far all steps together could go, in radii of the ball."""
_SURE = 5
"""Steps whose mean must lie below the goal before the search ends."""
_GREY = 127.0
_TURN_DEG, _ZOOM, _SHIFT_PX = 1.5, 0.02, 2.5
_QUALITIES = (60, 96)


def descend(
    patch: Patch,
    *,
    radius: float,
    steps: int,
    goal: float,
    rng: np.random.Generator,
    start: Change | None = None,
) -> Change:
    """The change of at most `radius` (Euclidean, in levels) found in at most `steps` steps.

    It ends early where the mean logit of the last few looks lies below `goal`. `start` is a change to begin with, such
    as one that was found for a smaller radius.
    """
    network = our_network()
    before = _tensor(patch.image_rgb)
    window = torch.from_numpy(patch.window)[None, None]
    # The window is part of what is found; divided out, a start goes in as it came out.
    change = torch.zeros_like(before) if start is None else _tensor(start) / window.clamp(min=1e-3)
    change.requires_grad_(True)
    going = torch.zeros_like(before)
    recent: deque[float] = deque(maxlen=_SURE)
    for number in range(steps):
        looked = (before + change * window).clamp(0, 255)
        views = torch.cat([_view(looked, patch, rng, plain=True), _view(looked, patch, rng, plain=False)])
        if number % 2:
            views = views.flip(3)
        logit = network(views)[0].mean()
        recent.append(float(logit.detach()))
        if len(recent) == _SURE and np.mean(recent) < goal:
            break
        (gradient,) = torch.autograd.grad(logit, change)
        with torch.no_grad():
            going = _MOMENTUM * going + gradient / gradient.norm().clamp(min=1e-12)
            change = change - going / going.norm().clamp(min=1e-12) * (_REACH * radius / steps)
            change = change * min(1.0, radius / max(float((change * window).norm()), 1e-9))
        change.requires_grad_(True)
    found = (change * window).detach()[0].permute(1, 2, 0)
    return np.ascontiguousarray(found.numpy(), np.float32)


@cache
def our_network() -> ForgeryNet:
    """The network that ships, as PyTorch computes it."""
    network = ForgeryNet()
    load_exported(network, model_path(MODEL))
    network.requires_grad_(False)
    return network.eval()


def crop_of(patch: Tensor, place: Patch, to_crop: warp.Affine | None = None) -> Tensor:
    """The aligned crop (1, 3, CROP_SIZE, CROP_SIZE) of a patch (1, 3, h, w), as `warp.cut` reads it, differentiable.

    `to_crop` is another alignment than the patch's own; it must look at about the same place.
    """
    whole = functional.pad(patch, place.beyond, value=_GREY)
    factor = place.plan.factor
    if factor > 1:
        whole = functional.avg_pool2d(whole, factor, ceil_mode=True, count_include_pad=False)
    a, b, c, d, e, f = warp.coefficients(place.to_crop if to_crop is None else to_crop, place.plan)
    height, width = whole.shape[2:]
    # Both count pixel centres at +0.5; grid_sample asks for -1 at one edge and 1 at the other.
    theta = torch.tensor(
        [
            [a * CROP_SIZE / width, b * CROP_SIZE / width, (CROP_SIZE * (a + b) + 2 * c) / width - 1],
            [d * CROP_SIZE / height, e * CROP_SIZE / height, (CROP_SIZE * (d + e) + 2 * f) / height - 1],
        ],
        dtype=torch.float32,
    )
    grid = functional.affine_grid(theta[None], [1, 3, CROP_SIZE, CROP_SIZE], align_corners=False)
    # Pillow cuts the fraction off: half a level on average.
    return functional.grid_sample(whole, grid, padding_mode="border", align_corners=False) - 0.5


def _view(looked: Tensor, patch: Patch, rng: np.random.Generator, *, plain: bool) -> Tensor:
    if plain:
        return crop_of(looked, patch)
    if rng.random() < 0.5:
        looked = looked + (_jpeg(looked, int(rng.integers(*_QUALITIES))) - looked).detach()
    return crop_of(looked, patch, _jittered(patch.to_crop, rng))


def _jpeg(looked: Tensor, quality: int) -> Tensor:
    levels = looked.detach()[0].permute(1, 2, 0).round().to(torch.uint8).numpy()
    return _tensor(jpeg(levels, quality))


def _jittered(to_crop: warp.Affine, rng: np.random.Generator) -> warp.Affine:
    """Another detector run, or another program, aligns a little differently."""
    angle = np.radians(rng.uniform(-_TURN_DEG, _TURN_DEG))
    scale = 1 + rng.uniform(-_ZOOM, _ZOOM)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (CROP_SIZE - 1) / 2)
    shift = middle - linear @ middle + rng.uniform(-_SHIFT_PX, _SHIFT_PX, 2)
    return np.hstack([linear @ to_crop[:, :2], (linear @ to_crop[:, 2] + shift)[:, None]])


def _tensor(image_rgb: np.ndarray) -> Tensor:
    return torch.from_numpy(image_rgb.astype(np.float32)).permute(2, 0, 1)[None].contiguous()
