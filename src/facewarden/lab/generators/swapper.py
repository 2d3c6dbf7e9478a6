"""A one-photo swapper: one network for all people, which is told by 128 numbers whose face to draw.

What SimSwap (Chen et al. 2020) and FaceShifter (Li et al. 2020) do, on a small scale: an encoder of the face that is
to be replaced, residual blocks whose normalised features are scaled and shifted as the other person's embedding asks
(AdaIN, Huang & Belongie 2017), and a decoder. It exists to be detected: it is trained for a store of twins and deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import UsageError
from facewarden.lab.generators.resampler import Upsampling, enlarge

_NUMBERS = 128
"""Of an embedding."""

_CELLS = 16
"""Along each side of the blur that a face is drawn upon: its light and colours, but nobody's features."""

_FEATURES = 12
"""Numbers that an embedding says of each such cell."""


@dataclass(frozen=True, slots=True)
class SwapperShape:
    """What a swapper is made of.

    Attributes:
        size_px: side of the square that goes in and comes out.
        width: channels at full resolution; doubled with each halving, up to eight times.
        factor: how many pixels a place of the code stands for, along each side: 4, 8 or 16.
        blocks: residual blocks between encoder and decoder in which the identity has a say.
        upsampling: as in `ResamplerShape`.
    """

    size_px: int = 128
    width: int = 12
    factor: int = 4
    blocks: int = 2
    upsampling: Upsampling = "nearest"

    def __post_init__(self) -> None:
        if self.factor not in (4, 8, 16) or self.size_px % _CELLS or self.size_px < 2 * _CELLS:
            raise UsageError(
                "factor must be 4, 8 or 16, and size_px a multiple of 16 from 32 on, but got "
                f"{self.factor} and {self.size_px}."
            )
        if self.width < 1 or self.blocks < 1:
            raise UsageError(f"width and blocks must be 1 or more, but got {self.width} and {self.blocks}.")


class Seen(NamedTuple):
    """What a swapper sees of faces: all that it draws a face from beside whose it is to be.

    Attributes:
        light: (N, 3, S, S) colours without detail, as logits.
        edges: (N, C, S, S) / (factor / 2), what the encoder saw one level above the code.
        code: (N, C, S, S) / factor.
    """

    light: Tensor
    edges: Tensor
    code: Tensor


class Swapper(nn.Module):
    """(N, 3, S, S) float32 in [0, 1] to (N, 4, S, S) in [0, 1]: a face as somebody else's, and its mask.

    Two (N, 128) embeddings say whose face it is and whose it is to be. The network is driven by their difference as
    well as by the second: where there is none the face is to stay, and finding that out from the pixels would take a
    training many times as long.
    """

    def __init__(self, shape: SwapperShape) -> None:
        super().__init__()
        self.shape = shape
        halvings = shape.factor.bit_length() - 1
        widths = [shape.width * min(2**level, 8) for level in range(halvings + 1)]
        style = 2 * _NUMBERS
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.zeros(_NUMBERS))
        self.register_buffer("spread", torch.ones(()))
        self.style = nn.Sequential(nn.Linear(2 * _NUMBERS, style), nn.LeakyReLU(0.1))
        self.down = nn.ModuleList(
            nn.Conv2d(before, after, 3, 2, 1) for before, after in pairwise([3, *widths[1:]])
        )
        # Where on an aligned face somebody has a beard or heavy brows: gains of whole channels cannot say that.
        self.features = nn.Linear(style, _FEATURES * _CELLS**2)
        self.placed = nn.Conv2d(_FEATURES, widths[-1], 1)
        self.blocks = nn.ModuleList(_Driven(widths[-1], style) for _ in range(shape.blocks))
        # Of what the encoder saw only the level above the code goes straight to the decoder, and through few channels:
        # enough to keep edges in place, too little to draw the old face.
        self.narrow = nn.Conv2d(widths[-2], _few(widths[-2]), 1)
        self.up = nn.ModuleList()
        self.drives = nn.ModuleList()
        before = widths[-1]
        for level, after in enumerate(reversed(widths[:-1])):
            self.up.append(enlarge(before, after, shape.upsampling))
            self.drives.append(nn.Linear(style, 2 * after))
            before = after + (_few(after) if level == 0 else 0)
        self.last = nn.Conv2d(before, 4, 3, padding=1)
        # At first nobody has a say, so that it learns what faces look like before it is asked whose they are.
        for drive in [self.placed, *self.drives, *(drive for block in self.blocks for drive in block.drives)]:
            nn.init.zeros_(drive.weight)
            nn.init.zeros_(drive.bias)

    def attune(self, embeddings: npt.NDArray[np.float32]) -> None:
        """Learn around which (N, 128) embeddings people lie, and how far apart."""
        self.centre.copy_(torch.from_numpy(embeddings.mean(0)))
        self.spread.fill_(float(embeddings.std(0).mean()) + 1e-6)

    def look(self, faces: Tensor) -> Seen:
        """See `faces` as `draw` wants them."""
        seen, x = [], faces * 2 - 1
        for layer in self.down:
            x = functional.leaky_relu(layer(x), 0.1)
            seen.append(x)
        cells = functional.avg_pool2d(faces, self.shape.size_px // _CELLS)
        light = functional.interpolate(cells, faces.shape[-2:], mode="bilinear")
        # Once more, or the cells show.
        light = smooth(light, self.shape.size_px // _CELLS).clamp(0.02, 0.98)
        edges, code = (functional.instance_norm(level) for level in seen[-2:])
        return Seen(torch.logit(light), edges, code)

    def forward(self, faces: Tensor, own: Tensor, asked: Tensor) -> Tensor:
        return self.draw(self.look(faces), own, asked)

    def draw(self, seen: Seen, own: Tensor, asked: Tensor) -> Tensor:
        """Draw what was seen of people with the embeddings `own` as those of `asked`."""
        style = self.style(torch.cat([asked - own, asked - self.centre], dim=1) / self.spread)
        features = self.features(style).view(-1, _FEATURES, _CELLS, _CELLS)
        x = seen.code + functional.interpolate(self.placed(features), seen.code.shape[-2:], mode="bilinear")
        for block in self.blocks:
            x = block(x, style)
        for level, (up, drive) in enumerate(zip(self.up, self.drives, strict=True)):
            x = functional.leaky_relu(_scaled(up(x), drive(style)), 0.1)
            if level == 0:
                x = torch.cat([x, self.narrow(seen.edges)], dim=1)
        # Only what differs from a blur of the old face is to be learnt, so the light is right from the first step on.
        x = self.last(x)
        return torch.sigmoid(torch.cat([x[:, :3] + seen.light, x[:, 3:]], dim=1))


class _Driven(nn.Module):
    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        self.drives = nn.ModuleList(nn.Linear(style, 2 * channels) for _ in range(2))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        y = x
        for layer, drive in zip(self.layers, self.drives, strict=True):
            y = layer(functional.leaky_relu(_scaled(functional.instance_norm(y), drive(style)), 0.1))
        return x + y


def _scaled(x: Tensor, asked: Tensor) -> Tensor:
    gain, shift = asked[:, :, None, None].chunk(2, dim=1)
    # Bounded, for these gains multiply each other all the way up.
    return x * (1 + torch.tanh(gain)) + shift


def smooth(pictures: Tensor, reach: int) -> Tensor:
    """Each pixel of (N, C, H, W) the mean of those up to half of `reach` away along both axes."""
    side = reach // 2 * 2 + 1
    rows = functional.avg_pool2d(pictures, (side, 1), 1, (side // 2, 0), count_include_pad=False)
    return functional.avg_pool2d(rows, (1, side), 1, (0, side // 2), count_include_pad=False)


def _few(channels: int) -> int:
    return max(1, channels // 8)
