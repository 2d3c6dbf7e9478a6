"""Going on from a network that ships: the weights of an exported ONNX file, as those of a run.

The exporter folds each batch norm into the convolution before it. Here it is taken out again: not as it was, which
the file does not tell, but so that the network computes the same and its kernels have the size that training began
with (He et al. 2015), which is what the pace of the optimiser is made for.
"""

from __future__ import annotations

import math
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn

from facewarden.errors import UsageError
from facewarden.lab.training.files import load_tensors
from facewarden.lab.training.halved import tensors
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet, load_weights

_SECOND = "second.end.to_logit.weight"
_SMALL_PX = 64
"""Side of the picture by which the order of the layers is found."""


def opened(weights: Path) -> ForgeryNet:
    """The network of a run's ``final.pt`` or of an exported ``.onnx``, joined or not. Raises UsageError."""
    network = JoinedNet() if is_joined(weights) else ForgeryNet()
    if weights.suffix == ".onnx":
        load_exported(network, weights)
    else:
        load_weights(network, weights)
    return network


def is_joined(weights: Path) -> bool:
    """Whether `weights` are those of a `JoinedNet`. Raises UsageError where they cannot be read."""
    if weights.suffix != ".onnx":
        return _SECOND in load_tensors(weights)
    return sum(node.op_type == "Gemm" for node in _graph(weights).node) > 1


def load_exported(network: ForgeryNet, path: Path) -> None:
    """Fill `network` with the weights of the ONNX file at `path`; its batch norms stand still where they are.

    Raises:
        UsageError: the file is missing, damaged, or holds another network.
    """
    graph = _graph(path)
    state = network.state_dict()
    modules = dict(network.named_modules())
    try:
        for name, (weight, bias) in _kernels(graph, network, path).items():
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


def _graph(path: Path) -> onnx.GraphProto:
    try:
        return onnx.load(str(path)).graph
    except FileNotFoundError as error:
        raise UsageError(f"There is no exported network at {path}.") from error
    except (OSError, DecodeError) as error:
        raise UsageError(f"{path} cannot be read as an exported network.") from error


def _kernels(graph: onnx.GraphProto, network: ForgeryNet, path: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Module name to (weight, bias) of every convolution and linear layer.

    The file names them by how they were called, not by where they are kept; but it holds them in the order in which
    they compute.
    """
    stored = tensors(graph)

    def tensor(name: str) -> Tensor:
        if name not in stored:
            raise UsageError(f"{path} does not hold its weights the way our exporter writes them.")
        return torch.from_numpy(stored[name].copy())

    found = [
        (tensor(node.input[1]), tensor(node.input[2]))
        for node in graph.node
        if node.op_type in ("Conv", "Gemm") and len(node.input) == 3
    ]
    modules = dict(network.named_modules())
    kernels = {}
    for place, name in enumerate(_in_order(network)):
        if place >= len(found) or found[place][0].shape != modules[name].weight.shape:
            raise UsageError(f"{path} holds another network than this one trains: it lacks {name}.")
        kernels[name] = found[place]
    if len(found) > len(kernels):
        raise UsageError(f"{path} holds another network than this one trains: it has more layers.")
    return kernels


def _in_order(network: ForgeryNet) -> list[str]:
    """The names of all convolutions and linear layers, in the order in which they compute."""
    order: list[str] = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: order.append(name))
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        network(torch.zeros(1, 3, _SMALL_PX, _SMALL_PX))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return order


def _norm_after(name: str, modules: dict[str, nn.Module]) -> str | None:
    """The batch norm that follows the convolution `name` in its sequence."""
    parent, _, place = name.rpartition(".")
    after = f"{parent}.{int(place) + 1}" if place.isdigit() else ""
    return after if isinstance(modules.get(after), nn.BatchNorm2d) else None


def _size(weight: Tensor) -> Tensor:
    """(out,) root mean square of each kernel, never 0."""
    return weight.flatten(1).square().mean(1).sqrt().clamp(min=1e-6)
