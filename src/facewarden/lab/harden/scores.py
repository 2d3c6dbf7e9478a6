"""What networks say of files: the exported ones, run as a check runs them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.inference import LARGEST_BATCH, Network
from facewarden.lab.dataset import Item
from facewarden.lab.harden.attackset import Case, batches
from facewarden.lab.training.files import write_text
from facewarden.media.frame import ImageRGB

Judge = Callable[[npt.NDArray[np.float32]], Sequence[npt.NDArray[np.float32]]]
"""A network: (N, 3, 256, 256) float32 in, (N,) or (N, 1) logits first among what comes out, wear third if at all."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A file with the mean logit of its faces by each network, and their mean wear by those that tell it."""

    item: Item
    logits: Mapping[str, float]
    wears: Mapping[str, float] = field(default_factory=dict)


def judges(networks: Mapping[str, Path]) -> dict[str, Judge]:
    """Load networks whose digests were compared before."""
    return {name: Network(path, threads=1) for name, path in networks.items()}


def score(cases: Iterable[Case], networks: Mapping[str, Judge]) -> list[Scored]:
    """Judge faces by every network and take the mean over the faces of a file.

    A face of a photo is judged as it is and mirrored, one of a clip as it is, as in a check.
    """
    items: dict[str, Item] = {}
    logits: dict[str, dict[str, list[float]]] = {}
    wears: dict[str, dict[str, list[float]]] = {}
    for batch in batches(iter(cases), LARGEST_BATCH):
        for name, network in networks.items():
            said, worn = _said(batch, network)
            for place, case in enumerate(batch):
                path = case.record.path
                items.setdefault(path, _item(case))
                logits.setdefault(path, {}).setdefault(name, []).append(float(said[place]))
                if worn is not None:
                    wears.setdefault(path, {}).setdefault(name, []).append(float(worn[place]))
    return [Scored(item, _means(logits[path]), _means(wears.get(path, {}))) for path, item in items.items()]


def _means(by_name: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: float(np.mean(values)) for name, values in by_name.items()}


def _said(
    batch: Sequence[Case], network: Judge
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """Logits, of photos the mean with those of the mirrored crop, and wear where the network tells it."""
    plain, wear = _run([case.crop_rgb for case in batch], network)
    mirrored = [place for place, case in enumerate(batch) if case.record.media == "photo"]
    if mirrored:
        turned, _ = _run([batch[place].crop_rgb[:, ::-1] for place in mirrored], network)
        plain[mirrored] = (plain[mirrored] + turned) / 2
    return plain, wear


def _run(
    crops: Sequence[ImageRGB], network: Judge
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    logits, *more = network(np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32))
    return np.array(logits).reshape(-1), np.array(more[1]).reshape(-1) if len(more) > 1 else None


def _item(case: Case) -> Item:
    record = case.record
    return Item(
        path=Path(record.path),
        split="",
        label="fake" if record.label else "real",
        media="photo" if record.media == "photo" else "clip",
        method=record.method,
        identity=record.identity,
        pair=record.pair,
        licence="",
    )


def save_scores(path: Path, groups: Mapping[str, Sequence[Scored]]) -> None:
    """Write groups of scores, as `load_scores` reads them. Raises UsageError where that is not possible."""
    plain = {
        group: [
            {
                "item": asdict(s.item) | {"path": s.item.path.as_posix()},
                "logits": dict(s.logits),
                "wears": dict(s.wears),
            }
            for s in scores
        ]
        for group, scores in groups.items()
    }
    write_text(path, json.dumps(plain) + "\n")


def load_scores(path: Path) -> dict[str, list[Scored]]:
    """Read what `save_scores` wrote. Raises UsageError where it is damaged."""
    try:
        plain: dict[str, list[dict[str, Any]]] = json.loads(path.read_bytes())
        return {
            group: [
                Scored(
                    Item(**(s["item"] | {"path": Path(s["item"]["path"])})), s["logits"], s.get("wears", {})
                )
                for s in scores
            ]
            for group, scores in plain.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is damaged; delete it and run the command again.") from error
