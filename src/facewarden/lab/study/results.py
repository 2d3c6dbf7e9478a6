"""What came out of a study, as it is kept in ``results.json``. docs/study.md explains the fields."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from facewarden.errors import UsageError
from facewarden.lab.bench.metrics import Interval
from facewarden.lab.training.config import read_fields
from facewarden.lab.training.files import write_text

FORMAT: Literal["facewarden-study/1"] = "facewarden-study/1"
MEAN, OTHERS = "mean over families", "other families"

Measure = Literal["auc", "paired"]
Outcome = Literal["higher", "lower", "not told apart", "cannot be told"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds, with its 95 % interval (None where none could be drawn) and the value of each seed."""

    value: float
    low: float | None
    high: float | None
    seeds: tuple[float, ...]

    @classmethod
    def of(cls, interval: Interval, seeds: Sequence[float]) -> Estimate:
        low, high = (None if math.isnan(end) else end for end in (interval.low, interval.high))
        return cls(interval.value, low, high, tuple(seeds))

    @property
    def interval(self) -> Interval:
        low, high = (math.nan if end is None else end for end in (self.low, self.high))
        return Interval(self.value, low, high)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of forgery that ``dev`` was measured on.

    Attributes:
        method: its name in the stores, or the attack.
        family: whose forgeries it belongs to; "" where no training learns from anything like it.
        against: the methods of the genuine files.
        forged, genuine, pairs: files.
        unit: what intervals draw.
        few: whether that are fewer than ten with a forgery, so that nothing is concluded.
    """

    method: str
    family: str
    against: tuple[str, ...]
    forged: int
    genuine: int
    pairs: int
    unit: str
    few: bool


@dataclass(frozen=True, slots=True)
class Trained:
    """A training: its setting and seed, its configuration (places left out), and how long it took.

    `people`, `twins` and `faces` count what was left to train on: identities, pairs of the sources with twins, and
    all stored faces.
    """

    name: str
    setting: str
    seed: int
    config: dict[str, Any]
    seconds: float
    people: int
    twins: int
    faces: int


@dataclass(frozen=True, slots=True)
class Level:
    """How trainings of one setting do on a kind of forgery, or on the mean over families."""

    setting: str
    subject: str
    measure: Measure
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Change:
    """Two settings on the same files: `difference` is after minus before, drawn on both at once."""

    before: str
    after: str
    subject: str
    measure: Measure
    was: Estimate
    became: Estimate
    difference: Estimate
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Curve:
    """Settings with ever more of something, and what the last step of it changed."""

    axis: str
    amounts: tuple[float, ...]
    settings: tuple[str, ...]
    last_step: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured. `families` are those that were trained on, each with its weight."""

    format: Literal["facewarden-study/1"]
    config: dict[str, Any]
    stores: dict[str, str]
    packages: dict[str, str]
    families: dict[str, float]
    kinds: tuple[Kind, ...]
    trainings: tuple[Trained, ...]
    levels: tuple[Level, ...]
    left_out: dict[str, tuple[Change, ...]]
    curves: tuple[Curve, ...]

    def level(self, setting: str, subject: str, measure: Measure) -> Estimate | None:
        """The estimate of a setting on a subject; None where it could not be measured."""
        return next(
            (
                level.estimate
                for level in self.levels
                if (level.setting, level.subject, level.measure) == (setting, subject, measure)
            ),
            None,
        )


def write_results(path: Path, results: Results) -> None:
    """Write ``results.json``. Raises UsageError where that is not possible."""
    write_text(path, json.dumps(asdict(results), indent=1, allow_nan=False) + "\n")


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote. Raises UsageError where it is damaged."""
    try:
        return TypeAdapter(Results).validate_python(read_fields(path))
    except ValidationError as error:
        raise UsageError(f"{path} is damaged; delete it and run the command again.") from error
