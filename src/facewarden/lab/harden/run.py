"""A round of hardening in a folder: attack, measure, retrain with replay, compare, decide.

Each stage leaves its result in the folder and is passed over when that is there, so an interrupted round goes on where
it was. Forgeries are made in memory, from the stores' faces, and are gone with the process.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import UsageError
from facewarden.lab.harden import decide, provenance
from facewarden.lab.harden.attackset import Case, forged, stored
from facewarden.lab.harden.candidates import build
from facewarden.lab.harden.compare import Duel
from facewarden.lab.harden.plan import METHODS, HardenConfig
from facewarden.lab.harden.record import Candidate, Network, Probe, Record, Threshold, write_record
from facewarden.lab.harden.scores import Scored, judges, load_scores, save_scores, score
from facewarden.lab.harden.signature import signing_key
from facewarden.lab.training.attacked import PREFIX
from facewarden.lab.training.config import read_fields
from facewarden.lab.training.files import write_text
from facewarden.lab.training.pairs import SOURCES
from facewarden.lab.training.shelf import FaceShelf, filled
from facewarden.models.bundle import CARD, NETWORK, RECORD, Bundle
from facewarden.verdict import calibration

Hook = Callable[[str, int, int], None]
"""Called as hook(stage, completed, total); the total is 0 where it is not known."""

INCUMBENT = "incumbent"
_STORED = "stored"
_BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Round:
    """A round of hardening.

    Attributes:
        config: what it is made of.
        run: its folder.
        key: PEM file of the key that signs the record; None for the person's own.
    """

    config: HardenConfig
    run: Path
    key: Path | None = None

    def go(self, champion: Bundle, *, hook: Hook | None = None) -> Path:
        """Go through all stages that are left and return the path of the signed record.

        Args:
            champion: the model in use, which a candidate has to beat.

        Raises:
            UsageError: the round was begun with something else, the stores hold nothing to measure the target on, or
                a file cannot be read or written.
            ModelError: the model in use is damaged.
        """
        key = signing_key(self.key)  # found out before the work, not after it
        said = hook or _silent
        incumbent, begun = self._begin(champion)
        record = self.run / RECORD
        if record.exists():
            return record
        threshold = self._threshold(incumbent)
        probes = self._probe(incumbent, threshold, said)
        candidates: list[Candidate] = []
        if any(probe.weight for probe in probes):
            candidates = self._candidates(incumbent, threshold, probes, said)
            decision = decide.choose(candidates)
        else:
            decision = decide.nothing_missed([probe.kind for probe in probes])
        finished = Record(
            decision=decision.decision,
            chosen=decision.chosen,
            reasons=decision.reasons,
            incumbent=Network(name=begun["incumbent"], sha256=begun["sha256"]),
            threshold=threshold,
            probes=probes,
            candidates=candidates,
            config=self.config.promises(),
            config_sha256=provenance.content_sha256(self.config.promises()),
            stores=begun["stores"],
            faces=begun["faces"],
            made=provenance.now(),
            packages=provenance.packages(),
        )
        if finished.chosen is not None:
            self._bundle(finished.chosen)
            write_record(self.run / _BUNDLE / RECORD, finished, key)
        # Last of all: where it is, the round is done.
        write_record(record, finished, key)
        return record

    def _begin(self, champion: Bundle) -> tuple[Bundle, dict[str, Any]]:
        """The model in use as it was when the round began, kept in the folder, and what else was fixed then."""
        incumbent, note = Bundle(champion.name, self.run / INCUMBENT), self.run / "begun.json"
        stores = provenance.store_digests(Path(self.config.stores))
        if note.exists():
            begun = read_fields(note)
            now = {"config": self.config.promises(), "stores": stores}
            provenance.demand_same(begun, now, what=f"The round in {self.run}")
            if begun["sha256"] != incumbent.card().sha256:
                raise UsageError(
                    f"{incumbent.folder} is not what the round was begun with; begin another one."
                )
            incumbent.checked_network()
            return incumbent, begun
        champion.checked_network()
        if faults := champion.faults():
            raise UsageError(f"The model {champion.name} cannot be hardened: {faults[0]}")
        shelves = {split: self._shelf(split) for split in ("train", "dev")}
        for kind in self.config.kinds:
            methods = METHODS.get(kind, ())
            if methods and not any(shelves["dev"].by_method.get(f"{method}/1") for method in methods):
                raise UsageError(
                    f"The target {kind} cannot be measured: dev holds no forgeries by {' or '.join(methods)}."
                )
        try:
            incumbent.folder.mkdir(parents=True, exist_ok=True)
            for path in (champion.network, champion.folder / CARD, champion.calibration):
                shutil.copyfile(path, incumbent.folder / path.name)
        except OSError as error:
            raise UsageError(f"{incumbent.folder} cannot be written: {error.strerror or error}.") from error
        begun = {
            "incumbent": champion.name,
            "sha256": incumbent.card().sha256,
            "config": self.config.promises(),
            "stores": stores,
            "faces": {split: len(shelf) for split, shelf in shelves.items()},
        }
        incumbent.checked_network()
        write_text(note, json.dumps(begun, indent=1) + "\n")
        return incumbent, begun

    def _shelf(self, split: str) -> FaceShelf:
        return filled(Path(self.config.stores), split)

    def _threshold(self, incumbent: Bundle) -> Threshold:
        fitted = calibration.load(incumbent.calibration)
        cue = fitted.cues["frame_forgery"]
        llr = getattr(fitted.thresholds, self.config.level).llr
        return Threshold(
            level=self.config.level, logit=(llr - cue.intercept) / cue.slope, calibration=fitted.version
        )

    def _probe(self, incumbent: Bundle, threshold: Threshold, hook: Hook) -> list[Probe]:
        """How much of each kind is missed among people of the training split."""
        path = self.run / "probe.json"
        if path.exists():
            return [Probe.model_validate(one) for one in read_fields(path)["probes"]]
        shelf, networks = self._shelf("train"), judges({INCUMBENT: incumbent.network})
        found: list[tuple[str, list[float]]] = []
        for kind in self.config.kinds:
            cases = forged(shelf, kind, count=self.config.probed, seed=self.config.seed)
            forgeries = (case for case in cases if case.record.label)
            told = _telling(forgeries, f"probe {kind}", self.config.probed, hook)
            found.append((kind, [one.logits[INCUMBENT] for one in score(told, networks)]))
        missed = {kind: [logit < threshold.logit for logit in logits] for kind, logits in found}
        share = {kind: sum(each) / len(each) for kind, each in missed.items()}
        total = sum(share.values())
        probes = [
            Probe(
                kind=kind,
                forged=len(logits),
                missed=sum(missed[kind]),
                mean_logit=sum(logits) / len(logits),
                weight=self.config.target_share * share[kind] / total if total else 0.0,
            )
            for kind, logits in found
        ]
        write_text(path, json.dumps({"probes": [one.model_dump() for one in probes]}, indent=1) + "\n")
        return probes

    def _candidates(
        self, incumbent: Bundle, threshold: Threshold, probes: Sequence[Probe], hook: Hook
    ) -> list[Candidate]:
        sources = self._sources(incumbent, probes)
        built = build(self.config, self.run, incumbent, sources, hook=hook)
        # What earlier rounds hardened against must not be lost again, so it is measured as well.
        attacks = [kind for kind in dict.fromkeys((*self.config.kinds, *sources)) if kind.startswith(PREFIX)]
        networks = {INCUMBENT: incumbent, **{one.bundle.name: one.bundle for one in built}}
        groups = self._scores(networks, attacks, hook)
        trained = [probe.kind for probe in probes if probe.weight]
        targets = frozenset(method for kind in trained for method in METHODS.get(kind, (kind,)))
        candidates = []
        for one in built:
            duel = Duel(
                before=INCUMBENT,
                after=one.bundle.name,
                threshold=threshold.logit,
                targets=targets,
                rounds=self.config.rounds,
                seed=self.config.seed,
            )
            network = Network(name=one.bundle.name, sha256=one.bundle.card().sha256)
            candidates.append(decide.candidate(network, one.made, duel.on(groups)))
        return candidates

    def _sources(self, incumbent: Bundle, probes: Sequence[Probe]) -> dict[str, float]:
        """The kinds that were missed, by how much, and replay of all that the model in use was trained with."""
        config = (incumbent.card().model_extra or {}).get("config") or {}
        replay = self.config.replay or config.get("sources") or SOURCES
        known = {n: w for n, w in replay.items() if n in SOURCES or n.startswith(PREFIX)} or SOURCES
        total = sum(known.values())
        sources = {name: (1 - self.config.target_share) * weight / total for name, weight in known.items()}
        for probe in probes:
            if probe.weight:
                sources[probe.kind] = sources.get(probe.kind, 0.0) + probe.weight
        return sources

    def _scores(self, bundles: dict[str, Bundle], kinds: Sequence[str], hook: Hook) -> list[list[Scored]]:
        path = self.run / "scores.json"
        if not path.exists():
            shelf = self._shelf("dev")
            networks = judges({name: bundle.checked_network() for name, bundle in bundles.items()})
            told = _telling(stored(shelf), "compare on dev", len(shelf), hook)
            groups = {_STORED: score(told, networks)}
            for kind in kinds:
                cases = forged(shelf, kind, count=self.config.measured, seed=self.config.seed)
                told = _telling(cases, f"compare on {kind}", 2 * self.config.measured, hook)
                groups[kind] = score(told, networks)
            save_scores(path, groups)
        loaded = load_scores(path)
        return [loaded[_STORED], *(loaded[kind] for kind in kinds)]

    def _bundle(self, chosen: str) -> None:
        """The promoted network with its card, ready to be calibrated; the package's own files stay as they are."""
        target = self.run / _BUNDLE
        try:
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            for name in (NETWORK, CARD):
                shutil.copyfile(self.run / "candidates" / chosen / name, target / name)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror or error}.") from error


def _telling(cases: Iterator[Case], stage: str, total: int, hook: Hook) -> Iterator[Case]:
    for number, case in enumerate(cases, start=1):
        yield case
        hook(stage, number, total)


def _silent(stage: str, completed: int, total: int) -> None:
    """Nobody listens."""
