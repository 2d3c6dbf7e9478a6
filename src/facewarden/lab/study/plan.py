"""What a study is made of: which trainings, each of which differs from the full one in a single thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from facewarden.errors import UsageError
from facewarden.lab.harden.plan import METHODS
from facewarden.lab.training.attacked import PREFIX, attack_of
from facewarden.lab.training.config import KEPT, TrainConfig, checked
from facewarden.lab.training.pairs import SOURCES, TWINS

Axis = Literal["twins", "people", "compute"]

FAMILIES: dict[str, tuple[str, ...]] = {
    **{family: METHODS.get(family, ()) for family in SOURCES},
    "generated": (TWINS["generated"],),
}
"""Families of forgeries, and the methods that the stores may hold of them; those of ``made`` are forged on the spot."""

_MADE = "made"
_MAY_CHANGE = frozenset({"stores", "workers", "device"})


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a training differs from the full one.

    Attributes:
        left_out: the family that it never sees, "" for none.
        axis: what it has less or more of, "" for nothing.
        amount: the share of that, or for ``compute`` the factor on the steps.
    """

    left_out: str = ""
    axis: Axis | Literal[""] = ""
    amount: float = 1.0

    @property
    def name(self) -> str:
        if self.left_out:
            return f"without-{self.left_out}"
        return f"{self.axis}-{self.amount:g}" if self.axis else "full"


FULL = Setting()
"""All families and all of the material: what every other training is set against, and where all curves meet."""


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """What a study is made of.

    Attributes:
        stores: folder with ``train-*.npz`` and ``dev-*.npz`` (see `facewarden lab prepare`).
        families: that are trained on; () takes all for which the stores have faces.
        leave_one_out: whether to train without each family in turn.
        left_out: which families in turn; () takes each.
        curves: of what less, or more, is given: ``twins`` and ``people`` (as in `TrainConfig.kept`), ``compute``.
        shares: of twins and of people, in (0, 1); all of them is the full training.
        compute: factors on the steps.
        seeds: everything is trained once with each; figures are means over them.
        attacks: of the registry, by which the family ``made`` is measured.
        measured: genuine faces of ``dev`` that each attack is measured on.
        rounds: draws of each interval.
        steps, pairs_per_step, learning_rate, weight_decay, ranking_weight, heat_weight, label_smoothing, averaging,
        frozen_blocks, workers, device: of every training (`TrainConfig`). With other steps the average spans the
        same part of the training.
    """

    stores: str
    families: tuple[str, ...] = ()
    leave_one_out: bool = True
    left_out: tuple[str, ...] = ()
    curves: tuple[Axis, ...] = ("twins", "people", "compute")
    shares: tuple[float, ...] = (0.1, 0.33)
    compute: tuple[float, ...] = (0.33, 3.0)
    seeds: tuple[int, ...] = (1,)
    attacks: tuple[str, ...] = ("self_blend", "resample_core", "one_photo")
    measured: int = 100
    rounds: int = 1000
    steps: int = 150
    pairs_per_step: int = 20
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    ranking_weight: float = 1.0
    heat_weight: float = 0.3
    label_smoothing: float = 0.03
    averaging: float = 0.98
    frozen_blocks: int = 3
    workers: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name, least in (("measured", 1), ("rounds", 100), ("steps", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be {least} or more, but got {getattr(self, name)}.")
        if not 0 <= self.averaging < 1:
            raise UsageError(f"averaging must be 0 or more and below 1, but got {self.averaging:g}.")
        if not self.seeds or min(self.seeds) < 0:
            raise UsageError(f"seeds must name one or more, none below 0, but got {self.seeds}.")
        for name in ("families", "left_out", "curves", "shares", "compute", "seeds", "attacks"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise UsageError(f"{name} names something twice: {', '.join(map(str, given))}.")
        for name, known in (("families", FAMILIES), ("left_out", self.families or FAMILIES)):
            if unknown := [family for family in getattr(self, name) if family not in known]:
                raise UsageError(f"{name} must be of {', '.join(known)}, but got {', '.join(unknown)}.")
        if not self.leave_one_out and not self.curves:
            raise UsageError("There is nothing to study: set leave_one_out, or name curves.")
        if self.leave_one_out and len(self.families) == 1:
            raise UsageError(
                "Of a single family none can be left out: name more families, or no leave_one_out."
            )
        self._check_curves()
        for attack in self.attacks:
            attack_of(attack)
        self.training(FULL, seed=0, families=tuple(FAMILIES), backbone_weights="")

    def _check_curves(self) -> None:
        if {"twins", "people"} & set(self.curves) and not self.shares:
            raise UsageError("A curve of twins or people needs shares.")
        if any(not 0 < share < 1 for share in self.shares):
            raise UsageError(f"shares must lie between 0 and 1, but got {self.shares}.")
        if "compute" not in self.curves:
            return
        steps = [self.steps, *(round(self.steps * factor) for factor in self.compute)]
        if len(steps) < 2 or min(steps) < 1 or len(set(steps)) < len(steps):
            raise UsageError(
                f"compute must name factors that give other numbers of steps than {self.steps}, each its own, but "
                f"got {self.compute}."
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The attacks as sources of pairs, with the prefix ``attack:``."""
        return tuple(f"{PREFIX}{attack.removeprefix(PREFIX)}" for attack in self.attacks)

    def settings(self, families: Sequence[str]) -> tuple[Setting, ...]:
        """In what the trainings on `families` differ, the full one first."""
        left_out = (self.left_out or families) if self.leave_one_out else ()
        amounts = {"twins": self.shares, "people": self.shares, "compute": self.compute}
        return (
            FULL,
            *(Setting(left_out=family) for family in left_out),
            *(Setting(axis=axis, amount=amount) for axis in self.curves for amount in sorted(amounts[axis])),
        )

    def training(
        self, setting: Setting, *, seed: int, families: Sequence[str], backbone_weights: str
    ) -> TrainConfig:
        """One training of the study. The weights of a family that is left out go to the others."""
        shared = {field.name for field in fields(TrainConfig)} & {field.name for field in fields(self)}
        same = {name: getattr(self, name) for name in shared - {"steps", "averaging"}}
        factor = setting.amount if setting.axis == "compute" else 1.0
        steps = round(self.steps * factor)
        kept = {str(setting.axis): setting.amount} if setting.axis in KEPT else None
        return TrainConfig(
            **same,
            steps=steps,
            averaging=self.averaging ** (self.steps / steps),
            report_every=steps,
            seed=seed,
            backbone_weights=backbone_weights,
            sources={family: SOURCES[family] for family in families if family != setting.left_out},
            kept=kept,
        )

    def promises(self) -> dict[str, Any]:
        """The fields that a study which goes on must share with its beginning; places are left out."""
        plain = asdict(self)
        # Tuples as JSON gives them back.
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in plain.items()
            if name not in _MAY_CHANGE
        }


def parse(given: Mapping[str, Any], *, origin: str) -> StudyConfig:
    """Check the fields of a configuration. Raises UsageError that names `origin` and what is wrong with it."""
    return checked(StudyConfig, given, origin=origin, noun="study", wrong="no plan of a study")


def family_of(method: str) -> str:
    """The family that a method on ``dev`` belongs to; "" where no training of ours learns from it."""
    if method.startswith(PREFIX):
        return _MADE
    return next((family for family, methods in FAMILIES.items() if method in methods), "")
