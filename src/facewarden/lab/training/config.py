"""What a training run is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from facewarden.errors import UsageError
from facewarden.lab.training.files import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Config = TypeVar("_Config", bound="DataclassInstance")
KEPT = ("twins", "people")
"""Of what a training may be given a share (see `kept`)."""

_MAY_CHANGE = frozenset({"stores", "workers", "report_every", "stop_at", "device", "backbone_weights"})
"""Places and conveniences: a run that goes on may name others."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What a training run is made of.

    Attributes:
        stores: folder with ``train-*.npz`` and ``dev-*.npz`` (see `facewarden lab prepare`).
        steps: optimiser steps.
        pairs_per_step: pairs in a batch (twice as many pictures).
        learning_rate: the peak; linear warm-up over 5 % of the steps, then half a cosine to zero.
        ranking_weight, heat_weight: weights of the twin-ranking and localisation losses beside the classifier's.
        label_smoothing: 0.03 because a few labelled forgeries look unaltered.
        averaging: decay of the exponential moving average that is exported.
        seed: of the pairs and of the network's own chance; how many workers draw the pairs changes nothing.
        workers: processes that draw pairs; 0 draws them between the steps.
        report_every: steps between two checkpoints, each with an examination on ``dev``.
        device: ``cpu`` or ``cuda``.
        backbone_weights: file of the published ImageNet weights; "" starts from noise.
        sources: how often each kind of pair is drawn.
        initial_weights: ``final.pt`` of another run, or an exported ``.onnx``, to go on from instead of the
            pretrained backbone.
        frozen_blocks: stem and this many first blocks keep their weights; all batch norms then keep their
            statistics (fine-tuning with small batches).
        stop_at: end at this step already, at the pace of a run of `steps`; 0 goes all the way.
        kept: how much of the material to train on, each share in (0, 1]: of the ``twins``, or of the ``people`` (see
            `restricted`, which draws them by `seed`). None, or what is not named, keeps all.
        misled_share: of the pairs of a batch, in [0, 1], this share is first moved pixel by pixel in the direction that
            misleads the network most (see `mislead`): training against an attacker who has the weights.
        misled_levels: the most that a pixel is moved there, in grey levels; 1 is about 48 dB.
        teachers: weights of networks whose mean logits are learnt beside the labels (see `teach`), with
            `teaching_weight`; each a ``final.pt`` or an exported ``.onnx``.
        platform_share: of the pairs, in [0, 1], how many are laundered as platforms do to clips: fewer lines and strong
            H.264 (see `Laundry.draw_platform`).
    """

    stores: str
    steps: int = 2000
    pairs_per_step: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    ranking_weight: float = 0.5
    heat_weight: float = 0.5
    label_smoothing: float = 0.03
    averaging: float = 0.998
    seed: int = 1
    workers: int = 2
    report_every: int = 200
    device: str = "cpu"
    backbone_weights: str = ""
    sources: dict[str, float] | None = None
    initial_weights: str = ""
    frozen_blocks: int = 0
    stop_at: int = 0
    kept: dict[str, float] | None = None
    misled_share: float = 0.0
    misled_levels: float = 2.0
    teachers: list[str] | None = None
    teaching_weight: float = 0.5
    platform_share: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 1),
            ("pairs_per_step", 1),
            ("report_every", 1),
            ("workers", 0),
            ("frozen_blocks", 0),
            ("seed", 0),
            ("stop_at", 0),
        ):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be {least} or more, but got {getattr(self, name)}.")
        if not 0 <= self.misled_share <= 1 or self.misled_levels < 0:
            raise UsageError(
                "misled_share must be a share from 0 to 1 and misled_levels not negative, but got "
                f"{self.misled_share:g} and {self.misled_levels:g}."
            )
        if not 0 <= self.platform_share <= 1:
            raise UsageError(f"platform_share must be a share from 0 to 1, but got {self.platform_share:g}.")
        if self.misled_share and self.frozen_blocks:
            raise UsageError(
                "misled_share needs a network that learns from its input on; let frozen_blocks be 0."
            )
        if self.initial_weights.endswith(".onnx") and not self.frozen_blocks:
            raise UsageError(
                "The batch norms of an exported network cannot move; go on from final.pt, or let frozen_blocks be "
                "1 or more."
            )
        for name, share in (self.kept or {}).items():
            if name not in KEPT or not 0 < share <= 1:
                raise UsageError(
                    f"kept must give shares above 0 and at most 1 of {' or '.join(KEPT)}, but got {self.kept}."
                )


def parse(given: Mapping[str, Any], *, origin: str) -> TrainConfig:
    """Check the fields of a configuration. Raises UsageError that names `origin` and what is wrong with it."""
    return checked(TrainConfig, given, origin=origin, noun="training", wrong="not a training configuration")


def checked(kind: type[_Config], given: Mapping[str, Any], *, origin: str, noun: str, wrong: str) -> _Config:
    """Make the dataclass `kind` of `given` fields, each of which it must know.

    Raises:
        UsageError: says that `origin` names what no `noun` has, or is `wrong` (such as "no plan"), and in which field.
    """
    unknown = sorted(set(given) - {field.name for field in fields(kind)})
    if unknown:
        raise UsageError(f"{origin} names what no {noun} has: {', '.join(unknown)}.")
    try:
        return TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"{origin} is {wrong}: {place}: {fault['msg']}.") from error


def read_fields(path: Path) -> dict[str, Any]:
    """The fields that a JSON file sets. Raises UsageError where it cannot be read as an object."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise UsageError(f"{path} must hold a JSON object, but holds a {type(given).__name__}.")
    return given


def begin(run: Path, config: TrainConfig) -> None:
    """Note in the folder `run` what is trained there.

    Raises:
        UsageError: a run that is to go on was begun with other settings, or the folder cannot be written.
    """
    path = run / "config.json"
    if (run / "last.pt").exists() and path.exists():
        begun = read_fields(path)
        for field in fields(TrainConfig):
            asked, was = getattr(config, field.name), begun.get(field.name, field.default)
            if field.name not in _MAY_CHANGE and asked != was:
                raise UsageError(
                    f"The run in {run} was begun with {field.name} = {was!r}, not {asked!r}. Go on with what it "
                    "was begun with, or name another folder."
                )
    write_text(path, json.dumps(asdict(config), indent=1) + "\n")
