"""The networks that a round trains: from the model in use onwards, and the means of the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from facewarden.lab.harden.plan import HardenConfig
from facewarden.lab.training.export import export, notes_of
from facewarden.lab.training.loop import train
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.soften import mix
from facewarden.lab.training.store import read_stores
from facewarden.models.bundle import CARD, NETWORK, Bundle

Hook = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """An exported candidate: its bundle has no calibration yet. `made` says how it came to be."""

    bundle: Bundle
    made: str


def build(
    config: HardenConfig, run: Path, incumbent: Bundle, sources: Mapping[str, float], *, hook: Hook
) -> list[Built]:
    """Train, mix and export what is not there yet.

    Raises:
        UsageError: there is nothing to train on, or a file cannot be read or written.
    """
    trained, stores = run / "train", Path(config.stores)
    if not (trained / "final.pt").exists():
        settings = config.training(sources=sources, initial_weights=incumbent.network.resolve())
        train(settings, trained, hook=lambda step, steps, loss: hook("train", step, steps))
    ways = {"trained": (trained, f"{config.steps} steps from the model in use")}
    for share in config.mixes:
        name = f"mixed-{share:g}"
        if not (run / name / "final.pt").exists():
            mix(incumbent.network, trained, run / name, share=share, stores=stores)
        ways[name] = (run / name, f"{share:g} of the way from the model in use to the trained one")
    return [
        Built(_exported(name, folder, run / "candidates" / name, incumbent, stores, sources), made)
        for name, (folder, made) in ways.items()
    ]


def _exported(
    name: str, run: Path, target: Path, incumbent: Bundle, stores: Path, sources: Mapping[str, float]
) -> Bundle:
    bundle = Bundle(name, target)
    # The card is written after the network: where it is, both are.
    if not (target / CARD).exists():
        moments = incumbent.card().moment_thresholds
        notes = notes_of(run, unclear=moments["unclear"], seen=moments["seen"])
        export(
            run / "final.pt",
            target / NETWORK,
            trained_on=_trained_on(incumbent, stores, sources),
            notes=notes,
        )
    bundle.checked_network()
    return bundle


def _trained_on(incumbent: Bundle, stores: Path, sources: Mapping[str, float]) -> list[str]:
    """What the model in use says, with what the stores and the attacks of this round add."""
    said = incumbent.card().trained_on
    lines = [str(line) for line in said] if isinstance(said, list) else [str(said)]
    known = {line.partition(" ")[0] for line in lines}
    records = FaceShelf(list(read_stores(stores, "train"))).records
    counts = Counter((record.method, "fake" if record.label else "real") for record in records)
    lines += [
        f"{method} ({count} {label} faces; licence not recorded in the stores)"
        for (method, label), count in sorted(counts.items())
        if method not in known
    ]
    attacks = [f"{name} (forged in memory from the genuine faces above)" for name in sources if ":" in name]
    return [*lines, *(line for line in attacks if line.partition(" ")[0] not in known)]
