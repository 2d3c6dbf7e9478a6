"""What a round of hardening is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from facewarden.errors import UsageError
from facewarden.lab.attacks import registry
from facewarden.lab.training.attacked import PREFIX, attack_of
from facewarden.lab.training.config import TrainConfig, checked
from facewarden.lab.training.pairs import SOURCES

METHODS = {
    "dfdc": ("dfdc_crops",),
    "live": ("live_autoencoder",),
    "whole": ("stylegan2", "flux_lora"),
    "lips": ("wav2lip",),
}
"""Sources of pairs that can be a target, and the methods of the stores that are measured for them."""

_MAY_CHANGE = frozenset({"stores", "workers", "device"})


@dataclass(frozen=True, slots=True)
class HardenConfig:
    """What a round of hardening is made of.

    Attributes:
        stores: folder with ``train-*.npz`` and ``dev-*.npz`` (see `facewarden lab prepare`).
        target: what the model in use is to find better: attacks (``enhancer``, ``one_photo,core_px=96``) and sources
            of pairs (``live``).
        probed: faces of the training split that each kind is tried on, to see how much is missed.
        measured: faces of ``dev`` that each attack is measured on.
        level: of the calibration in use; what scores below its threshold is missed.
        target_share: how many of the training pairs show the missed kinds; the rest is replay.
        replay: weights of the old sources; None takes those that the model in use was last trained with.
        mixes: besides the trained network, networks so far on the way to it from the model in use, in (0, 1).
        rounds: draws of each interval.
        steps, pairs_per_step, learning_rate, weight_decay, ranking_weight, heat_weight, label_smoothing, averaging,
        frozen_blocks, workers, device, seed: of the training (`TrainConfig`); the seed also draws what is measured.
    """

    stores: str
    target: tuple[str, ...]
    probed: int = 120
    measured: int = 200
    level: Literal["weak", "likely", "very_likely"] = "likely"
    target_share: float = 0.4
    replay: dict[str, float] | None = None
    mixes: tuple[float, ...] = (0.5,)
    rounds: int = 2000
    steps: int = 400
    pairs_per_step: int = 20
    learning_rate: float = 4e-4
    weight_decay: float = 0.02
    ranking_weight: float = 1.0
    heat_weight: float = 0.3
    label_smoothing: float = 0.03
    averaging: float = 0.99
    frozen_blocks: int = 3
    workers: int = 1
    device: str = "cpu"
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.target:
            raise UsageError(f"Name a target: an attack ({_attacks()}) or a source ({', '.join(METHODS)}).")
        if len(set(self.kinds)) < len(self.kinds):
            raise UsageError("A target is named twice.")
        for name, least in (("probed", 1), ("measured", 1), ("rounds", 100)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be {least} or more, but got {getattr(self, name)}.")
        if not 0 < self.target_share <= 1:
            raise UsageError(f"target_share must be above 0 and at most 1, but got {self.target_share:g}.")
        if any(not 0 < share < 1 for share in self.mixes):
            raise UsageError(f"mixes must lie between 0 and 1, but got {self.mixes}.")
        if self.replay is not None and (
            not self.replay
            or any(name not in SOURCES and not name.startswith(PREFIX) for name in self.replay)
            or min(self.replay.values()) < 0
        ):
            raise UsageError(
                f"replay must weigh some of {', '.join(SOURCES)} or attack:NAME, but got {self.replay}."
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The target as sources of pairs: attacks with the prefix ``attack:``. Raises UsageError."""
        return tuple(map(_kind, self.target))

    def training(self, *, sources: Mapping[str, float], initial_weights: Path) -> TrainConfig:
        """The training of this round."""
        shared = {field.name for field in fields(TrainConfig)} & {field.name for field in fields(self)}
        same = {name: getattr(self, name) for name in shared}
        return TrainConfig(
            **same,
            report_every=self.steps,
            sources=dict(sources),
            initial_weights=str(initial_weights),
        )

    def promises(self) -> dict[str, Any]:
        """The fields that a round which goes on must share with its beginning; places are left out."""
        plain = asdict(self)
        return {name: _plain(value) for name, value in plain.items() if name not in _MAY_CHANGE}


def parse(given: Mapping[str, Any], *, origin: str) -> HardenConfig:
    """Check the fields of a configuration. Raises UsageError that names `origin` and what is wrong with it."""
    if "target" not in given:
        raise UsageError(
            f"{origin} names no target: an attack ({_attacks()}) or a source ({', '.join(METHODS)})."
        )
    return checked(HardenConfig, given, origin=origin, noun="round", wrong="no plan of a round")


def _kind(word: str) -> str:
    if word in METHODS:
        return word
    if word in SOURCES:
        raise UsageError(
            f"{word} is made on the fly and cannot be measured on dev; name an attack instead: {_attacks()}."
        )
    attack_of(word)
    return word if word.startswith(PREFIX) else f"{PREFIX}{word}"


def _attacks() -> str:
    return ", ".join(registry.IN_MEMORY)


def _plain(value: Any) -> Any:
    """As JSON gives it back."""
    return list(value) if isinstance(value, tuple) else value
