"""White box: who has our ONNX file can differentiate it, through the alignment, down to the pixels of the picture.

Each step looks at the picture as it is and once more after a small random shift, turn and zoom of the alignment and,
every other time, after JPEG of random quality (gradients pass it straight through, Athalye and others 2018), so that
the change outlives what happens to files: expectation over transformation. This attacker does not know of the second
look at worse copies; `facewarden.lab.attacks.aware` does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from facewarden.cues.frame_forgery import MODEL
from facewarden.faces import warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.launder import jpeg
from facewarden.lab.attacks.visible import Change, Patch
from facewarden.lab.training.exported import opened
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


class Descent:
    """A change of a patch on its way down a gradient.

    It is a point in a ball (PSNR) that moves with momentum (Dong and others 2018, in the Euclidean norm).
    """

    def __init__(self, patch: Patch, *, radius: float, steps: int, start: Change | None = None) -> None:
        """`radius` is Euclidean, in levels; `steps` is how many there will be at most; `start` lies in the ball."""
        self._before = tensor(patch.image_rgb)
        self._window = torch.from_numpy(patch.window)[None, None]
        self._radius, self._length = radius, _REACH * radius / steps
        self._start, self._moved = start, start is None
        # The window is part of what is found; divided out, a start goes in as it came out.
        begin = (
            torch.zeros_like(self._before) if start is None else tensor(start) / self._window.clamp(min=1e-3)
        )
        self._free = begin.requires_grad_(True)
        self._going = torch.zeros_like(begin)

    def looked(self) -> Tensor:
        """The changed patch (1, 3, h, w) in 0..255, differentiable."""
        return (self._before + self._free * self._window).clamp(0, 255)

    def step(self, loss: Tensor) -> None:
        """Go one step down the gradient of `loss`, which was computed from `looked`."""
        (gradient,) = torch.autograd.grad(loss, self._free)
        with torch.no_grad():
            self._going = _MOMENTUM * self._going + gradient / gradient.norm().clamp(min=1e-12)
            free = self._free - self._going / self._going.norm().clamp(min=1e-12) * self._length
            free = free * min(1.0, self._radius / max(float((free * self._window).norm()), 1e-9))
        self._free = free.requires_grad_(True)
        self._moved = True

    def found(self) -> Change:
        """The change as it is now; the very `start` where no step was taken."""
        if self._start is not None and not self._moved:
            return self._start
        found = (self._free * self._window).detach()[0].permute(1, 2, 0)
        return np.ascontiguousarray(found.numpy(), np.float32)


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
    as one that was found for a smaller radius; it comes back itself where it is good enough.
    """
    descent = Descent(patch, radius=radius, steps=steps, start=start)
    recent: deque[float] = deque(maxlen=_SURE)
    with one_thread():
        if start is not None:
            with torch.no_grad():
                looks = [
                    float(_logit(descent.looked(), patch, rng, mirrored=n % 2 > 0)) for n in range(_SURE)
                ]
            if np.mean(looks) < goal:
                return start
        for number in range(steps):
            logit = _logit(descent.looked(), patch, rng, mirrored=number % 2 > 0)
            recent.append(float(logit.detach()))
            if len(recent) == _SURE and np.mean(recent) < goal:
                break
            descent.step(logit)
    return descent.found()


@cache
def our_network() -> ForgeryNet:
    """The network that ships, as PyTorch computes it, its batch norms folded into the convolutions before them.

    Folded and with the channels last it takes half of the time.
    """
    network = opened(model_path(MODEL))
    network.eval()
    for sequence in [m for m in network.modules() if isinstance(m, nn.Sequential)]:
        for place in range(len(sequence) - 1):
            if isinstance(sequence[place], nn.Conv2d) and isinstance(sequence[place + 1], nn.BatchNorm2d):
                sequence[place] = fuse_conv_bn_eval(sequence[place], sequence[place + 1])
                sequence[place + 1] = nn.Identity()
    network.requires_grad_(False)
    return network.to(memory_format=torch.channels_last)


def logits_of(crops: Tensor) -> Tensor:
    """(N,) logits of aligned crops (N, 3, CROP_SIZE, CROP_SIZE) in 0..255, differentiable."""
    return our_network()(crops.contiguous(memory_format=torch.channels_last))[0]


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes in one thread meanwhile.

    With so few pictures at once its threads mostly wait for each other: beside another program two of them took four
    times the processor time of one. Who has more cores attacks several forgeries at once.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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


def jittered(to_crop: warp.Affine, rng: np.random.Generator, *, share: float = 1.0) -> warp.Affine:
    """Another detector run, or another program, aligns a little differently: by `share` of what is usual."""
    angle = share * np.radians(rng.uniform(-_TURN_DEG, _TURN_DEG))
    scale = 1 + share * rng.uniform(-_ZOOM, _ZOOM)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (CROP_SIZE - 1) / 2)
    shift = middle - linear @ middle + share * rng.uniform(-_SHIFT_PX, _SHIFT_PX, 2)
    return np.hstack([linear @ to_crop[:, :2], (linear @ to_crop[:, 2] + shift)[:, None]])


def tensor(image_rgb: np.ndarray) -> Tensor:
    """(1, 3, h, w) float32 of a picture or a change (h, w, 3)."""
    return torch.from_numpy(image_rgb.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def levels(picture: Tensor) -> np.ndarray:
    """(h, w, 3) uint8 of a picture (1, 3, h, w) of whole levels."""
    return picture.detach()[0].permute(1, 2, 0).clamp(0, 255).to(torch.uint8).numpy()


def _logit(looked: Tensor, patch: Patch, rng: np.random.Generator, *, mirrored: bool) -> Tensor:
    """The mean over two views, a scalar."""
    other = looked
    if rng.random() < 0.5:
        other = looked + (_jpeg(looked, int(rng.integers(*_QUALITIES))) - looked).detach()
    views = torch.cat([crop_of(looked, patch), crop_of(other, patch, jittered(patch.to_crop, rng))])
    return logits_of(views.flip(3) if mirrored else views).mean()


def _jpeg(looked: Tensor, quality: int) -> Tensor:
    return tensor(jpeg(levels(looked.round()), quality))
