"""A study in a folder: plan, train, examine, conclude.

Each training has a folder of its own and is passed over once its scores are there, so an interrupted study goes on
where it was, within a training too. No picture is written.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from facewarden.errors import UsageError
from facewarden.lab.harden.provenance import demand_same, packages, store_digests
from facewarden.lab.harden.scores import load_scores
from facewarden.lab.study.conclude import conclude
from facewarden.lab.study.measure import Exam, examine
from facewarden.lab.study.plan import FAMILIES, Setting, StudyConfig
from facewarden.lab.study.results import FORMAT, Results, Trained, write_results
from facewarden.lab.training.config import TrainConfig, read_fields
from facewarden.lab.training.files import write_text
from facewarden.lab.training.kept import restricted
from facewarden.lab.training.loop import train
from facewarden.lab.training.pairs import SOURCES, TWINS, PairStream
from facewarden.lab.training.shelf import FaceShelf, filled

Hook = Callable[[str, int, int], None]
"""Called as hook(stage, completed, total)."""

RESULTS = "results.json"
_SCORES, _SECONDS = "scores.json", "seconds.json"
_PLACES = frozenset({"stores", "backbone_weights", "initial_weights"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A training of the study; its name is that of its folder."""

    setting: Setting
    seed: int
    config: TrainConfig

    @property
    def name(self) -> str:
        return f"{self.setting.name}-seed{self.seed}"


class Study:
    """A study.

    Attributes:
        config: what it is made of.
        run: its folder.
        backbone_weights: file of the published ImageNet weights that every training begins with; "" begins with noise.
    """

    def __init__(self, config: StudyConfig, run: Path, *, backbone_weights: str) -> None:
        self.config, self.run, self.backbone_weights = config, run, backbone_weights

    def go(self, *, hook: Hook | None = None) -> Path:
        """Train and examine what is left, and return the path of ``results.json``.

        Raises:
            UsageError: the study was begun with something else, the stores hold nothing to train or to measure on, or
                a file cannot be read or written.
        """
        said = hook or _silent
        begun = self._begin()
        target = self.run / RESULTS
        if target.exists():
            return target
        families = tuple(begun["families"])
        planned = self._planned(families)
        for number, one in enumerate(planned, start=1):
            self._finish(one, f"{number} of {len(planned)}, {one.name}", said)
        said("conclude", 0, 1)
        scores = {one.name: load_scores(self._folder(one) / _SCORES) for one in planned}
        networks: dict[Setting, list[str]] = {}
        for one in planned:
            networks.setdefault(one.setting, []).append(one.name)
        found = conclude(scores, networks, families=families, rounds=self.config.rounds)
        results = Results(
            format=FORMAT,
            config=self.config.promises(),
            stores=begun["stores"],
            packages=packages(),
            families={family: SOURCES[family] for family in families},
            kinds=found.kinds,
            trainings=tuple(self._trained(one, begun["material"][one.name]) for one in planned),
            levels=found.levels,
            left_out=found.left_out,
            curves=found.curves,
        )
        # Last of all: where it is, the study is done.
        write_results(target, results)
        said("conclude", 1, 1)
        return target

    def _begin(self) -> dict[str, Any]:
        """What was fixed when the study began: settings, stores, families, and what each training has to learn from."""
        note, stores = self.run / "begun.json", store_digests(Path(self.config.stores))
        if note.exists():
            begun = read_fields(note)
            now = {"config": self.config.promises(), "stores": stores}
            demand_same(begun, now, what=f"The study in {self.run}")
            return begun
        shelf = filled(Path(self.config.stores), "train")
        families = self._families(shelf)
        _ = self._exam  # found out before the work, not after it
        material = {
            one.name: _material(restricted(shelf, one.config.kept, seed=one.seed))
            for one in self._planned(families)
        }
        begun = {
            "config": self.config.promises(),
            "stores": stores,
            "families": list(families),
            "material": material,
        }
        write_text(note, json.dumps(begun, indent=1) + "\n")
        return begun

    def _families(self, shelf: FaceShelf) -> tuple[str, ...]:
        """Those that were asked for, or all that the stores have faces for."""
        offered = PairStream(shelf, seed=0).sources
        families = self.config.families or tuple(family for family in FAMILIES if family in offered)
        if missing := [family for family in families if family not in offered]:
            raise UsageError(f"{self.config.stores} holds no faces to train on for {', '.join(missing)}.")
        if absent := [family for family in self.config.left_out if family not in families]:
            raise UsageError(f"{', '.join(absent)} cannot be left out: the stores hold no faces for it.")
        if self.config.leave_one_out and len(families) < 2:
            raise UsageError(
                f"{self.config.stores} has faces for {families[0]} only, so there is no family to leave out."
            )
        return families

    def _planned(self, families: tuple[str, ...]) -> list[Planned]:
        """All trainings, seed by seed."""
        return [
            Planned(
                setting,
                seed,
                self.config.training(
                    setting, seed=seed, families=families, backbone_weights=self.backbone_weights
                ),
            )
            for seed in self.config.seeds
            for setting in self.config.settings(families)
        ]

    @cached_property
    def _exam(self) -> Exam:
        shelf = filled(Path(self.config.stores), "dev")
        return Exam.prepared(shelf, self.config.kinds, measured=self.config.measured)

    def _finish(self, one: Planned, title: str, said: Hook) -> None:
        """Train and examine one network, as far as that is not done."""
        folder = self._folder(one)
        if (folder / _SCORES).exists():
            return
        final = folder / "final.pt"
        if not final.exists():
            with _timed(folder / _SECONDS):
                train(
                    one.config,
                    folder,
                    hook=lambda step, steps, _: said(f"{title}: train", step, steps),
                    examined=False,
                )
        _discard(folder)
        examine(one.name, final, self._exam, folder / _SCORES, partial(said, f"{title}: examine"))

    def _trained(self, one: Planned, material: dict[str, int]) -> Trained:
        config = {name: value for name, value in asdict(one.config).items() if name not in _PLACES}
        seconds = float(read_fields(self._folder(one) / _SECONDS)["seconds"])
        return Trained(one.name, one.setting.name, one.seed, config, round(seconds, 1), **material)

    def _folder(self, one: Planned) -> Path:
        return self.run / "trainings" / one.name


def _material(shelf: FaceShelf) -> dict[str, int]:
    pairs = {
        (method, shelf.records[forged].pair) for method in TWINS.values() for _, forged in shelf.twins(method)
    }
    people = {record.identity for record in shelf.records}
    return {"people": len(people), "twins": len(pairs), "faces": len(shelf)}


@contextmanager
def _timed(path: Path) -> Iterator[None]:
    """Note in `path` the seconds that the block took, also where it was interrupted, beside those of earlier tries."""
    before = float(read_fields(path)["seconds"]) if path.exists() else 0.0
    began = time.monotonic()
    try:
        yield
    finally:
        write_text(path, json.dumps({"seconds": before + time.monotonic() - began}) + "\n")


def _discard(folder: Path) -> None:
    """What only a training that goes on would need; it is four times as large as the network."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder / "reports")
    (folder / "last.pt").unlink(missing_ok=True)


def _silent(stage: str, completed: int, total: int) -> None:
    """Nobody listens."""
