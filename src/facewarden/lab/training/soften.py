"""Taking back a part of what training did: weights between the pretrained and the trained network.

A network that was trained for too long on few people remembers them. Half way back towards the weights that it
started from it forgets the people before it forgets the traces (Wortsman et al. 2022, "Robust fine-tuning of
zero-shot models", WiSE-FT). Measured here on people and clips that were not trained on: see docs/experiments.md.
The statistics of the batch norms do not interpolate; they are measured again on training pictures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from facewarden.errors import UsageError
from facewarden.lab.training.config import read_fields
from facewarden.lab.training.evaluate import Examination, evaluate
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import save_tensors, write_text
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet, imagenet_weights, load_weights
from facewarden.lab.training.pairs import PairStream
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores

_BATCH = 32


def soften(
    run: Path, target: Path, *, share: float, backbone_weights: str, stores: Path, pairs: int = 320
) -> Path:
    """Write a run folder `target` with a ``final.pt`` `share` of the way from the pretrained backbone to `run`'s.

    Its ``log.jsonl`` has one line: how the softened network does on ``dev``, where the stores hold that split.

    Args:
        share: in [0, 1]; 1 is the trained network.
        pairs: training pairs on which the batch norms are measured.

    Raises:
        UsageError: `share` lies elsewhere, a file cannot be read or written, or there are no faces to measure on.
    """
    _check(share, target, run)
    config = read_fields(run / "config.json")
    network = ForgeryNet()
    load_weights(network, run / "final.pt")
    before = {f"backbone.{name}": value for name, value in imagenet_weights(backbone_weights).items()}
    network.load_state_dict(
        {
            name: torch.lerp(before[name], value, share)
            if name in before and value.is_floating_point()
            else value
            for name, value in network.state_dict().items()
        }
    )
    measure_batch_norms(network, stores, pairs=pairs)
    done = {"softened_share": share, "softened_pairs": pairs}
    return written(network, target, config=config | done, told=done, stores=stores)


def mix(first: Path, second: Path, target: Path, *, share: float, stores: Path) -> Path:
    """Write a run folder whose ``final.pt`` lies `share` of the way from `first`'s weights to `second`'s.

    For a run and what was fine-tuned from it: their mean is often better than both (Wortsman et al. 2022, "Model
    soups"). Its ``log.jsonl`` says how it does on ``dev``, as after `soften`.

    Args:
        first: a run's folder, or the exported ``.onnx`` that `second` began with.
        share: in [0, 1]; 1 is the second network.

    Raises:
        UsageError: `share` lies elsewhere, or a file cannot be read or written.
    """
    _check(share, target, first, second)
    config = read_fields(second / "config.json")
    a = opened(first if first.suffix == ".onnx" else first / "final.pt")
    b = opened(second / "final.pt")
    if isinstance(a, JoinedNet) != isinstance(b, JoinedNet):
        raise UsageError(f"One of {first} and {second} is joined of two networks, the other is not.")
    other = b.state_dict()
    a.load_state_dict(
        {
            name: torch.lerp(value, other[name], share) if value.is_floating_point() else value
            for name, value in a.state_dict().items()
        }
    )
    done = {"mixed_with": first.name, "mixed_share": share}
    return written(a, target, config=config | done, told=done, stores=stores)


def _check(share: float, target: Path, *runs: Path) -> None:
    if not 0 <= share <= 1:
        raise UsageError(f"share must be in 0..1, but got {share:g}.")
    keep_apart(target, *runs)


def keep_apart(target: Path, *runs: Path) -> None:
    """Raises UsageError where the new run `target` is one of the `runs` that it is made of."""
    for run in runs:
        if target.resolve() == run.resolve():
            raise UsageError(f"The new run would overwrite {run}; name another folder.")


def written(
    network: ForgeryNet, target: Path, *, config: dict[str, Any], told: dict[str, Any], stores: Path
) -> Path:
    """Write the folder of a run that trained no network: ``final.pt``, `config`, and what is `told` of it with how it
    does on ``dev``, where the stores hold that split. Raises UsageError where that cannot be written."""
    faces = Examination(FaceShelf(list(read_stores(stores, "dev"))))
    figures = evaluate(network, faces) if faces.records else {}
    write_text(target / "config.json", json.dumps(config, indent=1) + "\n")
    write_text(target / "log.jsonl", json.dumps(told | figures) + "\n")
    final = target / "final.pt"
    save_tensors(final, network.state_dict())
    return final


def measure_batch_norms(network: ForgeryNet, stores: Path, *, pairs: int, seed: int = 5) -> None:
    """Set the statistics of all batch norms to their mean over `pairs` freshly drawn training pairs."""
    stream = PairStream(FaceShelf(list(read_stores(stores, "train"))), seed=seed)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    with torch.inference_mode():
        for _ in range(0, pairs, _BATCH // 2):
            images = np.concatenate([stream.draw().images for _ in range(_BATCH // 2)])
            network(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
