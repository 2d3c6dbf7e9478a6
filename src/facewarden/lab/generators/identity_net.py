"""dlib's face recognition network in PyTorch, so that a generator can be told through it whose face it draws.

The very weights that `facewarden.faces.identity` uses (King 2017, CC0), read from the same file, and the same numbers
out of the same picture; but differentiable in the pixels. 29 convolutions, each with dlib's affine layer folded in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import ModelError
from facewarden.faces.identity import CHIP_PX
from facewarden.lab.generators.dlib_file import DlibLayer, read_layers
from facewarden.models import model_bytes

_FILE = "dlib_face_recognition_resnet_model_v1.dat"
_STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and blocks; the first block of each stage but the first halves the sides."""


class IdentityNet(nn.Module):
    """(N, 3, 150, 150) float32 chips in [0, 1] to (N, 128) embeddings; its weights stay what they are."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 32, 7, 2)
        blocks: list[nn.Module] = []
        before = 32
        for stage, (channels, count) in enumerate(_STAGES):
            for number in range(count):
                blocks.append(_Block(before, channels, halves=stage > 0 and number == 0))
                before = channels
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Linear(before, 128, bias=False)
        self.colour: Tensor
        self.register_buffer("colour", torch.zeros(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, chips: Tensor) -> Tensor:
        # dlib divides by 256, not by 255.
        x = (chips * 255 - self.colour) / 256
        x = functional.max_pool2d(functional.relu(self.first(x)), 3, 2)
        embeddings: Tensor = self.last(self.blocks(x).mean((2, 3)))
        return embeddings


class _Block(nn.Module):
    def __init__(self, before: int, channels: int, *, halves: bool) -> None:
        super().__init__()
        self._halves = halves
        self.one = nn.Conv2d(before, channels, 3, 2, 0) if halves else nn.Conv2d(before, channels, 3, 1, 1)
        self.two = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.two(functional.relu(self.one(x)))
        if self._halves:
            x = functional.avg_pool2d(x, 2)
        sides = [max(a, b) for a, b in zip(x.shape[1:], y.shape[1:], strict=True)]
        return functional.relu(_padded(x, sides) + _padded(y, sides))


def _padded(x: Tensor, sides: list[int]) -> Tensor:
    """Zeros at the end of each axis: how dlib adds what differs in size."""
    channels, rows, columns = (side - own for side, own in zip(sides, x.shape[1:], strict=True))
    return functional.pad(x, (0, columns, 0, rows, 0, channels)) if channels or rows or columns else x


def read_identity_net() -> IdentityNet:
    """The network with the weights of the file that ships. Raises ModelError where it is missing or altered."""
    return identity_net(model_bytes(_FILE))


def identity_net(content: bytes) -> IdentityNet:
    """The network with the weights in `content`. Raises ModelError where they are another network's."""
    colour, layers = read_layers(content)
    net = IdentityNet()
    net.colour.copy_(torch.from_numpy(colour).view(1, 3, 1, 1))
    learnt = iter([layer for layer in layers if layer.kind in ("con_4", "affine_", "fc_2")])
    for convolution in (module for module in net.modules() if isinstance(module, nn.Conv2d)):
        _fold(convolution, _next(learnt, "con_4"), _next(learnt, "affine_").weights)
    last = _next(learnt, "fc_2")
    # Row by row what one input has to say, so the other way round than in PyTorch.
    net.last.weight.copy_(_shaped(last.weights, (256, 128)).T)
    if next(learnt, None) is not None:
        raise ModelError("The file holds a larger network than dlib's face recognition.")
    return net


def _fold(convolution: nn.Conv2d, layer: DlibLayer, affine: npt.NDArray[np.float32]) -> None:
    count = convolution.out_channels
    wanted = (count, *convolution.kernel_size, *convolution.stride, *convolution.padding)
    if layer.sizes != wanted:
        raise ModelError(f"A convolution of the file must be {wanted}, but is {layer.sizes}.")
    weight = _shaped(layer.weights[:-count], tuple(convolution.weight.shape))
    gain, shift = _shaped(affine, (2, count))
    convolution.weight.copy_(weight * gain.view(-1, 1, 1, 1))
    convolution.bias.copy_(torch.from_numpy(layer.weights[-count:]) * gain + shift)


def _shaped(weights: npt.NDArray[np.float32], shape: tuple[int, ...]) -> Tensor:
    if weights.size != np.prod(shape):
        raise ModelError(f"A layer of the file must hold {shape} weights, but holds {weights.size}.")
    return torch.from_numpy(weights).view(shape)


def _next(layers: Iterator[DlibLayer], kind: str) -> DlibLayer:
    layer = next(layers, None)
    if layer is None or layer.kind != kind:
        raise ModelError(f"A layer of the file must be {kind}, but is {layer and layer.kind}.")
    return layer


def placed(faces: Tensor, to_chips: npt.NDArray[np.float64]) -> Tensor:
    """Cut dlib's chips out of squares, differentiably.

    Args:
        faces: (N, C, S, S).
        to_chips: (N, 2, 3) maps from pixels of each square to pixels of its chip, pixel centres at integers.

    Returns:
        (N, C, 150, 150); what lies beyond the square is grey, as `facewarden.faces.warp` has it.
    """
    size = faces.shape[-1]
    linear = np.linalg.inv(to_chips[:, :, :2])
    shift = -(linear @ to_chips[:, :, 2:])[:, :, 0]
    # PyTorch counts from -1 to 1 across each picture, edge to edge.
    theta = np.empty_like(to_chips)
    theta[:, :, :2] = linear * CHIP_PX / size
    middle = (CHIP_PX - 1) / 2
    theta[:, :, 2] = (2 * (linear @ [middle, middle] + shift) + 1) / size - 1
    wanted = [len(faces), faces.shape[1], CHIP_PX, CHIP_PX]
    grid = functional.affine_grid(torch.from_numpy(theta).to(faces), wanted, align_corners=False)
    grey = 127 / 255
    cut: Tensor = functional.grid_sample(faces - grey, grid, align_corners=False) + grey
    return cut
