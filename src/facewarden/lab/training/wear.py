"""How worn a picture is: how far what happened to it on its way moves what a network says of a genuine face.

Compression takes away traces, and leaves some that look like them: a genuine face says less for itself, and now and
then something against. What the network's first blocks see tells how far (measured on network 21: half of the
variance, over faces that the gauge was not fitted to). A calibration that knows it can ask for more where a picture is
worn (`facewarden.verdict.calibration.CueMap`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.launder import parse, washed
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.shelf import FaceShelf
from facewarden.media.frame import ImageRGB

WASHES = (
    "h264:23", "h264:28", "h264:35", "h264:40", "hevc:23", "hevc:28", "hevc:35", "screen1", "screen3", "jpeg20",
    "jpeg50",
)  # fmt: skip
FULL_SHIFT = 3.5
"""The shift, in logits, of a picture whose wear is 1; about that of H.264 at CRF 40."""
FACES = 1600
_SMALLEST_SCALE, _SMALLEST_SIDE = 0.4, 64
_BATCH = 32
_RIDGE = 1e-2
_HELD_OUT = 5
"""Every fifth face says how good the gauge is; the one that is kept is fitted to all."""


class Gauge(nn.Module):
    """Wear in [0, 1] from the (N, C, H, W) features at stride 8."""

    def __init__(self, channels: int = 40) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * channels))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, fine: Tensor) -> Tensor:
        # Written out, as readers of exported files count linear layers (`exported.is_joined`).
        return ((spread(fine) * self.weight).sum(1) + self.bias).clamp(0, 1)


class Gauged(nn.Module):
    """A network that also tells the wear of each picture."""

    def __init__(self, network: ForgeryNet, gauge: Gauge) -> None:
        super().__init__()
        self.network, self.gauge = network, gauge

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logit, heat, fine = self.network.seen(image)
        return logit, heat, self.gauge(fine)


def spread(fine: Tensor) -> Tensor:
    """(N, 2C) of (N, C, H, W): each channel's mean, and its mean distance from that."""
    mean = fine.mean((2, 3), keepdim=True)
    return torch.cat([mean.flatten(1), (fine - mean).abs().mean((2, 3))], dim=1)


def fitted(
    network: ForgeryNet, shelf: FaceShelf, *, faces: int = FACES, seed: int = 1
) -> tuple[Gauge, dict[str, float]]:
    """A gauge for `network`, fitted to genuine faces before and after launderings; and what its card says.

    That is ``faces``, ``full_shift`` (see `FULL_SHIFT`) and ``explains``: the share of the variance of the shifts that
    it tells of faces that it was not fitted to.

    Raises:
        UsageError: `shelf` holds fewer than ten genuine faces.
    """
    genuine = [number for number, record in enumerate(shelf.records) if not record.label]
    if len(genuine) < 2 * _HELD_OUT:
        raise UsageError(
            f"A gauge of wear needs ten genuine faces or more, but the stores hold {len(genuine)}."
        )
    rng = np.random.default_rng([seed, 0x3E])
    chosen = rng.permutation(genuine)[:faces]
    network.eval()
    features, shifts = _seen(network, _before_and_after(shelf, chosen.tolist(), rng))
    held = torch.arange(len(chosen)).repeat_interleave(2) % _HELD_OUT == 0
    trial = _ridge(features[~held], shifts[~held])
    left = shifts[held] - features[held] @ trial[0] - trial[1]
    explains = 1 - float(left.square().mean() / shifts[held].var().clamp(min=1e-9))
    weight, bias = _ridge(features, shifts)
    gauge = Gauge(features.shape[1] // 2)
    with torch.no_grad():
        gauge.weight.copy_(weight / FULL_SHIFT)
        gauge.bias.copy_(bias / FULL_SHIFT)
    told = {"faces": len(chosen), "full_shift": FULL_SHIFT, "explains": round(explains, 3)}
    return gauge.eval().requires_grad_(False), told


def _before_and_after(
    shelf: FaceShelf, numbers: list[int], rng: np.random.Generator
) -> Iterator[tuple[ImageRGB, ImageRGB]]:
    """Aligned crops (256, 256, 3) uint8 of stored pictures as they are, and after one laundering of the whole."""
    for number in numbers:
        picture, points = shelf.face(number)
        scale = float(rng.uniform(_SMALLEST_SCALE, 1)) if rng.random() < 0.5 else 1.0
        small = _scaled(picture, scale)
        (worn,) = washed([small], parse(str(rng.choice(WASHES))))
        if worn.shape != small.shape:
            worn = np.asarray(cv2.resize(worn, small.shape[1::-1]), np.uint8)
        moved = points.copy()
        moved[:, 0] *= small.shape[1] / picture.shape[1]
        moved[:, 1] *= small.shape[0] / picture.shape[0]
        yield (
            warp.cut(picture, align.crop_transform(points), CROP_SIZE),
            warp.cut(worn, align.crop_transform(moved), CROP_SIZE),
        )


def _scaled(picture: ImageRGB, scale: float) -> ImageRGB:
    """Even sides, as video codecs need them."""
    height, width = (max(_SMALLEST_SIDE, int(side * scale)) // 2 * 2 for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _seen(network: ForgeryNet, pairs: Iterator[tuple[ImageRGB, ImageRGB]]) -> tuple[Tensor, Tensor]:
    """(2N, 2C) features and (2N,) shifts of the logit, each face before and after."""
    features, shifts = [], []
    with torch.inference_mode():
        while batch := [image for pair in islice(pairs, _BATCH) for image in pair]:
            pictures = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float()
            logit, _, fine = network.seen(pictures.contiguous(memory_format=torch.channels_last))
            features.append(spread(fine))
            shifts.append(logit - logit[::2].repeat_interleave(2))
    return torch.cat(features).clone(), torch.cat(shifts).clone()


def _ridge(features: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and bias of a ridge regression, for features as they come."""
    mean, scale = features.mean(0), features.std(0).clamp(min=1e-6)
    x = (features - mean) / scale
    inner = x.T @ x + _RIDGE * len(x) * torch.eye(x.shape[1])
    weight = torch.linalg.solve(inner, x.T @ (wanted - wanted.mean())) / scale
    return weight, wanted.mean() - mean @ weight
