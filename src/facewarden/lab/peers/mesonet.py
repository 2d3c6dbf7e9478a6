"""MesoNet: two small published networks against swapped faces, with four sets of weights by their authors.

Paper: Afchar, Nozick, Yamagishi, Echizen 2018, "MesoNet: a Compact Facial Video Forgery Detection Network"
(arXiv:1809.00888). The weights are the authors' Keras files; the networks here are written anew in PyTorch.
Each looks at a 256x256 face in [0, 1] RGB and was trained to answer 1 for a genuine face, 0 for a forged one
(``DF``: faceswap-like autoencoders, ``F2F``: Face2Face). We report 1 minus that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from facewarden.errors import ModelError
from facewarden.media.frame import ImageRGB

INPUT_SIZE = 256

WEIGHTS = {
    "Meso4_DF": "weights__Meso4_DF.h5",
    "Meso4_F2F": "weights__Meso4_F2F.h5",
    "MesoInception4_DF": "weights__MesoInception_DF.h5",
    "MesoInception4_F2F": "weights__MesoInception_F2F.h5",
}

# Keras defaults of the authors' layers; PyTorch's differ.
_NORM_EPSILON = 1e-3
_LEAK = 0.1


class InceptionBlock(nn.Module):  # type: ignore[misc]  # the type checker does not follow torch
    """Four branches side by side: 1x1, and 1x1 followed by 3x3 with dilation 1, 2 and 3."""

    def __init__(self, inputs: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.pointwise = nn.ModuleList(nn.Conv2d(inputs, width, 1) for width in widths)
        self.spatial = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
            for dilation, width in enumerate(widths[1:], start=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) in, (B, sum of widths, H, W) out."""
        first, *others = [torch.relu(layer(x)) for layer in self.pointwise]
        wide = [torch.relu(layer(y)) for layer, y in zip(self.spatial, others, strict=True)]
        return torch.cat([first, *wide], dim=1)


class MesoNet(nn.Module):  # type: ignore[misc]
    """Four stages of features, rectified before they are normalised, and a head of two dense layers.

    Args:
        stages: the feature layers, each ending before its rectifier; one for each stage.
        channels: channels that each stage gives.
    """

    def __init__(self, stages: Sequence[nn.Module], channels: Sequence[int]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count, eps=_NORM_EPSILON) for count in channels)
        self.hidden = nn.Linear(channels[-1] * 8 * 8, 16)
        self.output = nn.Linear(16, 1)

    def forward(self, faces: Tensor) -> Tensor:
        """(B, 3, 256, 256) in [0, 1] in; (B,) out, the logit that the face is genuine."""
        x = faces
        for stage, norm, reduction in zip(self.stages, self.norms, (2, 2, 2, 4), strict=True):
            x = nn.functional.max_pool2d(norm(torch.relu(stage(x))), reduction)
        # Keras flattens rows, columns, channels in this order.
        flat = x.permute(0, 2, 3, 1).flatten(1)
        logit: Tensor = self.output(nn.functional.leaky_relu(self.hidden(flat), _LEAK))
        return logit.squeeze(1)


def meso4() -> MesoNet:
    """Meso-4: four plain convolutions."""
    return MesoNet(
        [
            nn.Conv2d(3, 8, 3, padding=1),
            nn.Conv2d(8, 8, 5, padding=2),
            nn.Conv2d(8, 16, 5, padding=2),
            nn.Conv2d(16, 16, 5, padding=2),
        ],
        [8, 8, 16, 16],
    )


def meso_inception4() -> MesoNet:
    """MesoInception-4: the first two convolutions replaced by inception blocks."""
    return MesoNet(
        [
            InceptionBlock(3, (1, 4, 4, 2)),
            InceptionBlock(11, (2, 4, 4, 2)),
            nn.Conv2d(12, 16, 5, padding=2),
            nn.Conv2d(16, 16, 5, padding=2),
        ],
        [11, 12, 16, 16],
    )


def load(path: Path) -> MesoNet:
    """Build the network that the Keras weights in `path` belong to, ready to be asked.

    Raises:
        ModelError: the file is absent, or its layers are not those of a MesoNet.
    """
    if not path.is_file():
        raise ModelError(
            f"{path} is missing. MesoNet's weights are not part of the project; name their folder."
        )
    with h5py.File(path, "r") as file:
        layers = {str(name): _layer_arrays(file[name]) for name in file}
    convolutions = _in_order(layers, "conv2d")
    network = meso4() if len(convolutions) == 4 else meso_inception4()
    targets = _convolutions(network)
    norms, dense = _in_order(layers, "batch_normalization"), _in_order(layers, "dense")
    if (len(targets), len(network.norms), 2) != (len(convolutions), len(norms), len(dense)):
        raise ModelError(f"{path} does not hold the layers of a MesoNet: {', '.join(sorted(layers))}.")
    with torch.no_grad():
        for layer, arrays in zip(targets, convolutions, strict=True):
            # Keras keeps (height, width, in, out), PyTorch (out, in, height, width); neither flips.
            _copy(layer.weight, arrays["kernel"].transpose(3, 2, 0, 1), path)
            _copy(layer.bias, arrays["bias"], path)
        for norm, arrays in zip(network.norms, norms, strict=True):
            for name, key in _NORM_NAMES.items():
                _copy(getattr(norm, name), arrays[key], path)
        for linear, arrays in zip((network.hidden, network.output), dense, strict=True):
            _copy(linear.weight, arrays["kernel"].T, path)
            _copy(linear.bias, arrays["bias"], path)
    network.eval()
    return network


def forged_probability(network: MesoNet, faces_rgb: Sequence[ImageRGB]) -> npt.NDArray[np.float64]:
    """Return (B,) in [0, 1], 1 for forged, of B face crops of (256, 256, 3) uint8."""
    batch = np.stack(faces_rgb).astype(np.float32) / 255.0
    if batch.shape[1:] != (INPUT_SIZE, INPUT_SIZE, 3):
        raise ValueError(f"faces must be (B, {INPUT_SIZE}, {INPUT_SIZE}, 3), but got {batch.shape}")
    with torch.inference_mode():
        logits = network(torch.from_numpy(batch).permute(0, 3, 1, 2)).double()
        # Not 1 - sigmoid: faces that a network is sure of would all round to the same score.
        forged = torch.sigmoid(-logits)
    return np.asarray(forged.numpy(), dtype=np.float64)


_NORM_NAMES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def _convolutions(network: MesoNet) -> list[nn.Conv2d]:
    """The convolutions in the order in which the authors' code made them, branch by branch."""
    ordered: list[nn.Module] = []
    for stage in network.stages:
        if isinstance(stage, InceptionBlock):
            ordered.append(stage.pointwise[0])
            for pointwise, spatial in zip(list(stage.pointwise)[1:], stage.spatial, strict=True):
                ordered += [pointwise, spatial]
        else:
            ordered.append(stage)
    return [layer for layer in ordered if isinstance(layer, nn.Conv2d)]


def _layer_arrays(group: h5py.Group) -> dict[str, npt.NDArray[np.float32]]:
    """Flatten one Keras layer into ``kernel``, ``bias``, ``gamma``... to array."""
    arrays: dict[str, npt.NDArray[np.float32]] = {}

    def visit(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            arrays[name.rsplit("/", 1)[-1].removesuffix(":0")] = np.asarray(node, dtype=np.float32)

    group.visititems(visit)
    return arrays


def _in_order(
    layers: dict[str, dict[str, npt.NDArray[np.float32]]], kind: str
) -> list[dict[str, npt.NDArray[np.float32]]]:
    """The layers of one kind by the running number that Keras gave them when they were made."""
    numbered = [(int(m[1]), a) for n, a in layers.items() if (m := re.fullmatch(rf"{kind}_(\d+)", n)) and a]
    return [arrays for _, arrays in sorted(numbered, key=lambda pair: pair[0])]


def _copy(target: Tensor, values: npt.NDArray[np.float32], path: Path) -> None:
    if tuple(target.shape) != values.shape:
        raise ModelError(f"{path}: a layer must be {tuple(target.shape)}, but got {values.shape}.")
    target.copy_(torch.from_numpy(np.ascontiguousarray(values)))
