"""A neural resampler: a convolutional autoencoder with a spatial code, which renders a face anew as it was.

What comes out shows the same person in the same pose, but every pixel was made by a network: smooth skin, lost
grain, the grid of the upsampling. Face swappers, talking heads and latent diffusion all end with such a decoder.
How it enlarges (`upsampling`), how much its code holds (`factor`, `code_channels`) and whether a discriminator drove
it to invent detail differ between generators, so they are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import UsageError

Upsampling = Literal["shuffle", "nearest", "transpose"]


@dataclass(frozen=True, slots=True)
class ResamplerShape:
    """What a resampler is made of.

    Attributes:
        size_px: side of the square that goes in and comes out.
        factor: how many pixels a place of the code stands for, along each side: 4, 8 or 16.
        code_channels: numbers for each place of the code.
        width: channels at full resolution; doubled with each halving, up to four times.
        upsampling: sub-pixel convolution, nearest neighbour with convolution, or transposed convolution.
    """

    size_px: int = 128
    factor: int = 8
    code_channels: int = 8
    width: int = 24
    upsampling: Upsampling = "shuffle"

    def __post_init__(self) -> None:
        if self.factor not in (4, 8, 16) or self.size_px % self.factor:
            raise UsageError(
                f"factor must be 4, 8 or 16 and divide size_px, but got {self.factor} and {self.size_px}."
            )


class Resampler(nn.Module):
    """(N, 3, S, S) float32 in [0, 1] to the same, rendered anew."""

    def __init__(self, shape: ResamplerShape) -> None:
        super().__init__()
        self.shape = shape
        halvings = shape.factor.bit_length() - 1
        widths = [shape.width * min(2**level, 4) for level in range(halvings + 1)]
        down: list[nn.Module] = []
        before = 3
        for width in widths[1:]:
            down += [nn.Conv2d(before, width, 3, 2, 1), nn.LeakyReLU(0.1)]
            before = width
        self.encoder = nn.Sequential(*down, nn.Conv2d(before, shape.code_channels, 1))
        up: list[nn.Module] = [nn.Conv2d(shape.code_channels, before, 3, padding=1), nn.LeakyReLU(0.1)]
        for width in reversed(widths[:-1]):
            up += [_Residual(before), enlarge(before, width, shape.upsampling), nn.LeakyReLU(0.1)]
            before = width
        self.decoder = nn.Sequential(*up, nn.Conv2d(before, 3, 3, padding=1))

    def forward(self, faces: Tensor) -> Tensor:
        made: Tensor = torch.sigmoid(self.decoder(self.encoder(faces * 2 - 1)))
        return made


class PatchCritic(nn.Module):
    """Says of each patch of about 30 px whether it is a photograph (Isola et al. 2017, with three layers)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4, 1, 1),
        )  # fmt: skip

    def forward(self, faces: Tensor) -> Tensor:
        said: Tensor = self.layers(faces * 2 - 1)
        return said


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.1))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.layers(x)
        return y


def enlarge(before: int, after: int, how: Upsampling) -> nn.Module:
    """A layer that doubles both sides of a feature map."""
    if how == "shuffle":
        return nn.Sequential(nn.Conv2d(before, 4 * after, 3, padding=1), nn.PixelShuffle(2))
    if how == "transpose":
        return nn.ConvTranspose2d(before, after, 4, 2, 1)
    return nn.Sequential(
        nn.Upsample(scale_factor=2.0, mode="nearest"), nn.Conv2d(before, after, 3, padding=1)
    )


def rendering_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Absolute difference of pixels and of their gradients: the second keeps edges from smearing."""
    across = functional.l1_loss(made[..., 1:] - made[..., :-1], wanted[..., 1:] - wanted[..., :-1])
    down = functional.l1_loss(made[..., 1:, :] - made[..., :-1, :], wanted[..., 1:, :] - wanted[..., :-1, :])
    return functional.l1_loss(made, wanted) + across + down
