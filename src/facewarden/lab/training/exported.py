"""Going on from a network that ships: the weights of an exported ONNX file, as those of a run.

The exporter folds each batch norm into the convolution before it. Here it is taken out again: not as it was, which
the file does not tell, but so that the network computes the same and its kernels have the size that training began
with (He et al. 2015), which is what the pace of the optimiser is made for.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from facewarden.errors import UsageError
from facewarden.lab.training.network import ForgeryNet, load_weights


def begin_with(network: ForgeryNet, weights: Path) -> None:
    """Fill `network` from a run's ``final.pt`` or from an exported ``.onnx``. Raises UsageError where it cannot."""
    if weights.suffix == ".onnx":
        load_exported(network, weights)
    else:
        load_weights(network, weights)


def load_exported(network: ForgeryNet, path: Path) -> None:
    """Fill `network` with the weights of the ONNX file at `path`; its batch norms stand still where they are.

    Raises:
        UsageError: the file is missing, damaged, or holds another network.
    """
    kernels = _kernels(path)
    state = network.state_dict()
    modules = dict(network.named_modules())
    try:
        for name, (weight, bias) in kernels.items():
            norm = _norm_after(name, modules)
            if norm is None:
                state[f"{name}.weight"], state[f"{name}.bias"] = weight, bias
                continue
            scale = _size(weight) / math.sqrt(2 / weight[0].numel())
            state[f"{name}.weight"] = weight / scale.reshape(-1, 1, 1, 1)
            still = torch.ones_like(bias)
            state[f"{norm}.running_mean"], state[f"{norm}.running_var"] = torch.zeros_like(bias), still
            state[f"{norm}.weight"] = scale * math.sqrt(1 + modules[norm].eps)
            state[f"{norm}.bias"] = bias
        network.load_state_dict(state)
    except (KeyError, RuntimeError, IndexError, AttributeError) as error:
        raise UsageError(f"{path} holds another network than this one trains.") from error
    missing = {name for name, module in modules.items() if isinstance(module, nn.Conv2d | nn.Linear)} - set(
        kernels
    )
    if missing:
        raise UsageError(f"{path} holds another network than this one trains: it lacks {min(missing)}.")


def _kernels(path: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Module name to (weight, bias) of every convolution and of the classifier."""
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except FileNotFoundError as error:
        raise UsageError(f"There is no exported network at {path}.") from error
    except (OSError, DecodeError) as error:
        raise UsageError(f"{path} cannot be read as an exported network.") from error
    stored = {one.name: one for one in graph.initializer}

    def tensor(name: str) -> Tensor:
        if name not in stored:
            raise UsageError(f"{path} does not hold its weights the way our exporter writes them.")
        return torch.from_numpy(numpy_helper.to_array(stored[name]).copy())

    return {
        _module_of(node.name): (tensor(node.input[1]), tensor(node.input[2]))
        for node in graph.node
        if node.op_type in ("Conv", "Gemm") and len(node.input) == 3
    }


def _module_of(node: str) -> str:
    """``/backbone/blocks.4/layers/layers.0/layers.0.1/Conv`` is the module ``backbone.blocks.4.layers.0.1``."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def _norm_after(name: str, modules: dict[str, nn.Module]) -> str | None:
    """The batch norm that follows the convolution `name` in its sequence."""
    parent, _, place = name.rpartition(".")
    after = f"{parent}.{int(place) + 1}" if place.isdigit() else ""
    return after if isinstance(modules.get(after), nn.BatchNorm2d) else None


def _size(weight: Tensor) -> Tensor:
    """(out,) root mean square of each kernel, never 0."""
    return weight.flatten(1).square().mean(1).sqrt().clamp(min=1e-6)
