"""The classic deepfake: one encoder that all faces share, and a decoder for each person.

The encoder must describe pose, expression and light in a small code; each decoder learns to draw one person from it.
Decoding a face with somebody else's decoder swaps the identity. A decoder draws the mask of its face as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import UsageError
from facewarden.lab.generators.resampler import enlarge

_HALVINGS = 4


@dataclass(frozen=True, slots=True)
class AutoencoderShape:
    """Attributes: `size_px` side of the core, a multiple of 16; `width` of the first layer; `code` its numbers."""

    size_px: int = 64
    width: int = 32
    code: int = 256

    def __post_init__(self) -> None:
        if self.size_px % 16 or self.size_px < 32:
            raise UsageError(f"The core must be a multiple of 16 px from 32 on, but got {self.size_px}.")


class Encoder(nn.Module):
    """(N, 3, S, S) float32 in [0, 1] to (N, 4 x width, S / 16, S / 16) through a code of a few numbers."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for level in range(_HALVINGS):
            after = shape.width * 2**level
            layers += [nn.Conv2d(before, after, 5, 2, 2), nn.LeakyReLU(0.1)]
            before = after
        self._side, self._channels = shape.size_px // 2**_HALVINGS, 4 * shape.width
        self.look = nn.Sequential(*layers, nn.Flatten())
        self.narrow = nn.Linear(before * self._side**2, shape.code)
        self.widen = nn.Linear(shape.code, self._channels * self._side**2)

    def forward(self, faces: Tensor) -> Tensor:
        code = self.narrow(self.look(faces * 2 - 1))
        spread: Tensor = self.widen(code)
        return spread.view(-1, self._channels, self._side, self._side)


class Decoder(nn.Module):
    """What an `Encoder` gives to (N, 4, S, S) in [0, 1]: a face and its mask."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        width = shape.width
        layers: list[nn.Module] = []
        before = 4 * width
        for after in (8 * width, 4 * width, 2 * width, width):
            layers += [enlarge(before, after, "shuffle"), nn.LeakyReLU(0.1)]
            before = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, 4, 3, padding=1))

    def forward(self, spread: Tensor) -> Tensor:
        drawn: Tensor = torch.sigmoid(self.layers(spread))
        return drawn


class SharedAutoencoder(nn.Module):
    """One encoder, and a decoder for each of `people`."""

    def __init__(self, shape: AutoencoderShape, people: int) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.decoders = nn.ModuleList(Decoder(shape) for _ in range(people))

    def draw(self, faces: Tensor, person: int) -> Tensor:
        """Draw `faces` (N, 3, S, S) as `person`: (N, 4, S, S), colours and mask."""
        drawn: Tensor = self.decoders[person](self.encoder(faces))
        return drawn


def drawing_loss(drawn: Tensor, wanted: Tensor) -> Tensor:
    """How far (N, 4, S, S) drawings are from the wanted ones, both colours and mask.

    Structural dissimilarity (Wang et al. 2004; windows of 7 px) and absolute difference, the face counting five times
    as much as what surrounds it.
    """
    weight = 0.2 + 0.8 * wanted[:, 3:]
    colours = ((drawn[:, :3] - wanted[:, :3]).abs() * weight).mean()
    likeness = dissimilarity(drawn[:, :3] * weight, wanted[:, :3] * weight)
    return 2 * likeness + 4 * colours + 0.5 * functional.l1_loss(drawn[:, 3], wanted[:, 3])


def dissimilarity(a: Tensor, b: Tensor, *, window: int = 7) -> Tensor:
    """(1 - SSIM) / 2 of two (N, C, H, W) pictures in [0, 1]; 0 where they are the same."""

    def mean(x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, window, 1)

    first, second = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - first**2, mean(b * b) - second**2
    both = mean(a * b) - first * second
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * first * second + c1) * (2 * both + c2)) / (
        (first**2 + second**2 + c1) * (spread_a + spread_b + c2)
    )
    return (1 - similarity).mean() / 2
