"""Twins in bulk: train small generators on the genuine faces of a store, forge with them, and store both sides.

Genuine forgeries with their own genuine twins are what teaches a detector most, and there are few. So the lab makes
its own: neural resamplers of several builds render faces anew, or somebody else's face warped to the mesh; a shared
encoder with a decoder for each person swaps people whom the store knows from many pictures; a one-photo swapper draws
whomever an embedding names. What is written is a store for training, a git-ignored cache like the others; the
generators are thrown away.

The forged twins bear no marks, as a detector would learn them. So there is less of everything else: a crowd of people
has to be there (`crowd`), a face is kept and never a photo (`twin_pictures`), pictures with nudity are passed over, and
the lab's log has a line before and after.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.lab.generators import crowd
from facewarden.lab.generators.fit import Hook, discard, fit
from facewarden.lab.generators.identity_net import IdentityNet, read_identity_net
from facewarden.lab.generators.material import Squares
from facewarden.lab.generators.portraits import Portraits, embedded
from facewarden.lab.generators.resampler import Resampler
from facewarden.lab.generators.shared_decoders import AutoencoderShape, SharedAutoencoder
from facewarden.lab.generators.swapper import Swapper
from facewarden.lab.generators.swapper_task import SwapperTask, SwapperWeights
from facewarden.lab.generators.tasks import AutoencoderTask, ResamplerTask
from facewarden.lab.generators.twin_forging import Forger
from facewarden.lab.generators.twin_pictures import Twins
from facewarden.lab.generators.twin_plan import Build, SwapperBuild, TwinPlan
from facewarden.lab.safeguards import ledger, nudity
from facewarden.lab.training.prepare import encoded_jpeg
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord, FaceStore, write_store

log = logging.getLogger(__name__)

METHOD = "generated"
"""What the stored twins are called."""

_FACE_IN_SQUARE = 0.78
"""How much of the height of an aligned square is face."""


def make_twins(stores: Path, work: Path, plan: TwinPlan | None = None, *, hook: Hook | None = None) -> int:
    """Write the store of `plan` beside the train stores in `stores`; return how many pairs it holds.

    `work` keeps checkpoints, so that an interrupted run goes on, and marked previews; the weights are deleted when
    all is done. Pictures that the nudity check flags are left out, and so are resamplers that collapsed, each with a
    warning that counts them.

    Raises:
        UsageError: there are too few people (`crowd`), every generator collapsed, the log cannot be written, or another
            file cannot be.
    """
    plan = plan or TwinPlan()
    shelf, sha256 = _material(stores)
    genuine = [n for n, record in enumerate(shelf.records) if not record.label]
    crowd.demand([shelf.records[n].identity for n in genuine], f"the genuine faces in {stores}")
    if plan.cores:
        crowd.demand_drawn(plan.people)
    made = ledger.Forgery("twins", asdict(plan), sha256, None, plan.store)
    ledger.note("begun", made)
    maker = _Maker(shelf, genuine, plan, work, hook)
    count = write_store(stores / plan.store, maker.triples()) // 2
    if maker.collapsed:
        log.warning("left out, since they render one colour: %d of the resamplers", maker.collapsed)
    flagged = maker.flagged()
    if flagged:
        log.warning("left out, since the nudity check flags them: %d of the stored pictures", flagged)
    ledger.note(
        "made",
        made,
        output_sha256=_sha256(stores / plan.store),
        counts={**maker.made, "resamplers_collapsed": maker.collapsed, "pictures_refused": flagged},
    )
    for folder in work.glob("*"):
        discard(folder)
    return count


def _material(folder: Path) -> tuple[FaceShelf, str]:
    """The faces of the train stores in `folder` but for twins of the lab, and a SHA-256 over those of the files."""
    stores, digest = [], hashlib.sha256()
    for path in sorted(folder.glob("train-*.npz")):
        store = FaceStore(path)
        if not any(record.method == METHOD for record in store.records):
            stores.append(store)
            digest.update(_sha256(path).encode())
    return FaceShelf(stores), digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Maker:
    def __init__(
        self, shelf: FaceShelf, genuine: list[int], plan: TwinPlan, work: Path, hook: Hook | None
    ) -> None:
        self._shelf, self._genuine, self._plan, self._work, self._hook = shelf, genuine, plan, work, hook
        self._forger = Forger(shelf, genuine, plan)
        self._refused: dict[int, bool] = {}
        self.made: dict[str, int] = defaultdict(int)
        """Pairs by the kind of generator."""
        self.collapsed = 0
        """Resamplers that learnt nothing, and forged nothing."""

    def flagged(self) -> int:
        """How many pictures the nudity check refused."""
        return sum(self._refused.values())

    def triples(self) -> Iterator[tuple[FaceRecord, bytes, npt.NDArray[np.float32]]]:
        for number, build in enumerate(self._plan.builds):
            network = self._resampler(number, build)
            if network is None:
                self.collapsed += 1
                continue
            for n, rng in self._draws(100 + number, self._genuine):
                yield from self._pair("resampler", n, self._forger.rerendered(n, network, rng))
        people = self._people()
        for number, shape in enumerate(self._plan.cores if len(people) >= crowd.FEWEST_DRAWN else ()):
            network_of_all = self._autoencoder(number, shape, list(people.values()))
            for n, rng in self._draws(200 + number, self._genuine):
                others = [p for p, numbers in enumerate(people.values()) if not self._same(n, numbers[0])]
                if others:
                    yield from self._pair(
                        "autoencoder", n, self._forger.redrawn(n, network_of_all, others, rng)
                    )
        for number, swapper in enumerate(self._plan.swappers):
            identity = read_identity_net().to(self._plan.device)
            trained, portraits = self._swapper(number, swapper, identity)
            for n, rng in self._draws(300 + number, self._genuine):
                own = embedded(self._shelf, [n], identity)
                yield from self._pair("swapper", n, self._forger.swapped(n, own, trained, portraits, rng))
        if self.collapsed and not self.made:
            raise UsageError("Every resampler of the plan renders one colour; try another seed.")

    def _draws(self, stage: int, pool: Sequence[int]) -> Iterator[tuple[int, np.random.Generator]]:
        """Each method of genuine faces equally often, or the largest would rule."""
        by_method: dict[str, list[int]] = defaultdict(list)
        for n in pool:
            by_method[self._shelf.records[n].method].append(n)
        groups = [by_method[method] for method in sorted(by_method)]
        for k in range(self._plan.twins):
            rng = np.random.default_rng([self._plan.seed, stage, k])
            group = groups[int(rng.integers(len(groups)))]
            n = group[int(rng.integers(len(group)))]
            if not self._is_refused(n):
                yield n, rng
            if self._hook is not None:
                self._hook(f"forge {stage}", (k + 1) / self._plan.twins)

    def _is_refused(self, n: int) -> bool:
        if n not in self._refused:
            self._refused[n] = nudity.is_flagged(self._shelf.face(n)[0])
        return self._refused[n]

    def _resampler(self, number: int, build: Build) -> Resampler | None:
        rng = np.random.default_rng([self._plan.seed, number])
        chosen = rng.permutation(self._genuine)[: self._plan.faces].tolist()
        squares = Squares.of_shelf(self._shelf, chosen, build.shape.size_px)
        task = ResamplerTask(
            build.shape, squares, seed=self._plan.seed, invention=build.invention, device=self._plan.device
        )
        folder = self._work / f"resampler-{number}"
        fit(task, steps=self._plan.resampler_steps, seed=self._plan.seed, folder=folder, hook=self._hook)
        return None if task.is_collapsed() else task.network.eval()

    def _autoencoder(
        self, number: int, shape: AutoencoderShape, people: list[list[int]]
    ) -> SharedAutoencoder:
        material = [Squares.of_shelf(self._shelf, numbers, shape.size_px) for numbers in people]
        task = AutoencoderTask(shape, material, seed=self._plan.seed, batch=4, device=self._plan.device)
        folder = self._work / f"autoencoder-{number}"
        fit(task, steps=self._plan.autoencoder_steps, seed=self._plan.seed, folder=folder, hook=self._hook)
        return task.network.eval()

    def _swapper(self, number: int, build: SwapperBuild, identity: IdentityNet) -> tuple[Swapper, Portraits]:
        rng = np.random.default_rng([self._plan.seed, 300 + number])
        pool = self._sharp(build.shape.size_px)
        chosen = rng.permutation(pool)[: self._plan.faces].tolist()
        crowd.demand(
            [self._shelf.records[n].identity for n in chosen],
            f"the {len(chosen)} faces for a swapper (faces of the plan)",
        )
        portraits = Portraits.of_shelf(self._shelf, chosen, build.shape.size_px, identity, rng)
        weights = SwapperWeights(likeness=build.likeness, invention=build.invention)
        task = SwapperTask(
            build.shape, portraits, identity, seed=self._plan.seed, weights=weights, device=self._plan.device
        )
        folder = self._work / f"swapper-{number}"
        fit(task, steps=self._plan.swapper_steps, seed=self._plan.seed, folder=folder, hook=self._hook)
        return task.network.eval(), portraits

    def _sharp(self, size_px: int) -> list[int]:
        """Genuine faces as they came that need not be enlarged; all genuine ones where those are no crowd."""
        records = self._shelf.records
        sharp = [
            n
            for n in self._genuine
            if not records[n].condition and records[n].height_px >= _FACE_IN_SQUARE * size_px
        ]
        return sharp if crowd.is_one(records[n].identity for n in sharp) else self._genuine

    def _people(self) -> dict[str, list[int]]:
        """The people with the most pictures, each picture as it came rather than re-encoded.

        A clip is a person of its own. Data sets call people alike who are not: all actors of a set, or whoever the
        same program was tried on; a decoder would draw the average of them.
        """
        by_person: dict[str, list[int]] = defaultdict(list)
        for n in self._genuine:
            record = self._shelf.records[n]
            if not record.condition:
                by_person[record.path if record.media == "clip" else record.identity].append(n)
        names = sorted((name for name in by_person if name), key=lambda name: (-len(by_person[name]), name))
        return {name: by_person[name] for name in names[: self._plan.people]}

    def _same(self, n: int, other: int) -> bool:
        """Whether two faces may be of one person."""
        return self._shelf.records[n].identity == self._shelf.records[other].identity

    def _pair(
        self, kind: str, n: int, whole: Twins
    ) -> Iterator[tuple[FaceRecord, bytes, npt.NDArray[np.float32]]]:
        self.made[kind] += 1
        # Stores of several runs may lie side by side.
        pair = f"{METHOD}-{self._plan.store}-{sum(self.made.values())}"
        record = replace(self._shelf.records[n], method=METHOD, pair=pair, time_s=0.0, condition="")
        twins = whole.around_the_face()
        yield record, encoded_jpeg(twins.genuine), twins.landmarks
        yield replace(record, label=1), encoded_jpeg(twins.forged), twins.forged_landmarks
