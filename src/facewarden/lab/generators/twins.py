"""Twins in bulk: train small generators on the genuine faces of a store, forge with them, and store both sides.

Genuine forgeries with their own genuine twins are what teaches a detector most, and there are few. So the lab makes
its own: neural resamplers of several builds render faces anew, or somebody else's face warped to the mesh; a shared
encoder with a decoder for each person swaps people whom the store knows from many pictures; a one-photo swapper draws
whomever an embedding names. Both twins go through the same JPEG encoder. What is written is a store for training, a
git-ignored cache like the others; the generators are thrown away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import warp
from facewarden.faces.identity import Embedding
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.compose import COLOURS, SHAPES, Colour, composed
from facewarden.lab.attacks.forge import deformed_mask, soften
from facewarden.lab.attacks.mesh_warp import (
    AlignedFace,
    Mask,
    ellipse,
    soft_edge,
    transfer_colour,
    warp_to_mesh,
)
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.lab.generators.animate import animated
from facewarden.lab.generators.fit import Hook, discard, fit
from facewarden.lab.generators.identity_net import IdentityNet, read_identity_net
from facewarden.lab.generators.material import Squares, learned_mask
from facewarden.lab.generators.portraits import POSES_TRIED, Portraits, embedded, looking_alike
from facewarden.lab.generators.resampler import Resampler
from facewarden.lab.generators.shared_decoders import AutoencoderShape, SharedAutoencoder
from facewarden.lab.generators.swapper import Swapper
from facewarden.lab.generators.swapper_task import SwapperTask, SwapperWeights, swapped
from facewarden.lab.generators.tasks import (
    AutoencoderTask,
    ResamplerTask,
    drawn_face,
    rendered,
    rendered_throughout,
)
from facewarden.lab.generators.twin_plan import Build, SwapperBuild, TwinPlan
from facewarden.lab.training.prepare import encoded_jpeg
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord, read_stores, write_store
from facewarden.media.frame import ImageRGB

METHOD = "generated"
"""What the stored twins are called."""

_SWAPPED, _WHOLE = 0.6, 0.3
"""How often somebody else's face is rendered, and how often the whole square of a person's own."""
_MOVED = (0.3, 0.9)
"""How much of the way to another's pose and expression a portrait is moved."""
_LEARNED = 0.3
"""How often a swapper's own mask is pasted."""
_FACE_IN_SQUARE = 0.78
"""How much of the height of an aligned square is face."""


@dataclass(frozen=True, slots=True)
class _Twins:
    """A picture, its forgery, both (H, W, 3) uint8, and the (468, 3) landmarks of the forgery."""

    genuine: ImageRGB
    forged: ImageRGB
    landmarks: npt.NDArray[np.float32]


def make_twins(stores: Path, work: Path, plan: TwinPlan | None = None, *, hook: Hook | None = None) -> int:
    """Write the store of `plan` beside the train stores in `stores`; return how many pairs it holds.

    `work` keeps checkpoints, so that an interrupted run goes on, and marked previews; the weights are deleted when
    all is done.

    Raises:
        UsageError: there are no genuine faces of two people, or a file cannot be written.
    """
    plan = plan or TwinPlan()
    shelf = FaceShelf([store for store in read_stores(stores, "train") if not _is_ours(store.records)])
    genuine = [n for n, record in enumerate(shelf.records) if not record.label]
    if len({shelf.records[n].identity for n in genuine}) < 2:
        raise UsageError(
            f"{stores} holds no genuine faces of two people; store a data set's faces first: "
            "facewarden lab prepare."
        )
    maker = _Maker(shelf, genuine, plan, work, hook)
    count = write_store(stores / plan.store, maker.triples())
    for folder in work.glob("*"):
        discard(folder)
    return count // 2


def _is_ours(records: Sequence[FaceRecord]) -> bool:
    return any(record.method == METHOD for record in records)


class _Maker:
    def __init__(
        self, shelf: FaceShelf, genuine: list[int], plan: TwinPlan, work: Path, hook: Hook | None
    ) -> None:
        self._shelf, self._genuine, self._plan, self._work, self._hook = shelf, genuine, plan, work, hook
        self._made = 0

    def triples(self) -> Iterator[tuple[FaceRecord, bytes, npt.NDArray[np.float32]]]:
        for number, build in enumerate(self._plan.builds):
            network = self._resampler(number, build)
            for n, rng in self._draws(100 + number, self._genuine):
                yield from self._pair(n, self._rerendered(n, network, rng))
        people = self._people()
        for number, shape in enumerate(self._plan.cores if len(people) > 1 else ()):
            network_of_all = self._autoencoder(number, shape, list(people.values()))
            for n, rng in self._draws(200 + number, self._genuine):
                others = [p for p, numbers in enumerate(people.values()) if not self._same(n, numbers[0])]
                if others:
                    yield from self._pair(n, self._redrawn(n, network_of_all, others, rng))
        for number, swapper in enumerate(self._plan.swappers):
            identity = read_identity_net().to(self._plan.device)
            trained, portraits = self._swapper(number, swapper, identity)
            for n, rng in self._draws(300 + number, self._genuine):
                own = embedded(self._shelf, [n], identity)
                yield from self._pair(n, self._swapped(n, own, trained, portraits, rng))

    def _draws(self, stage: int, pool: Sequence[int]) -> Iterator[tuple[int, np.random.Generator]]:
        """Each method of genuine faces equally often, or the largest would rule."""
        by_method: dict[str, list[int]] = defaultdict(list)
        for n in pool:
            by_method[self._shelf.records[n].method].append(n)
        groups = [by_method[method] for method in sorted(by_method)]
        for k in range(self._plan.twins):
            rng = np.random.default_rng([self._plan.seed, stage, k])
            group = groups[int(rng.integers(len(groups)))]
            yield group[int(rng.integers(len(group)))], rng
            if self._hook is not None:
                self._hook(f"forge {stage}", (k + 1) / self._plan.twins)

    def _resampler(self, number: int, build: Build) -> Resampler:
        rng = np.random.default_rng([self._plan.seed, number])
        chosen = rng.permutation(self._genuine)[: self._plan.faces].tolist()
        squares = Squares.of_shelf(self._shelf, chosen, build.shape.size_px)
        task = ResamplerTask(
            build.shape, squares, seed=self._plan.seed, invention=build.invention, device=self._plan.device
        )
        folder = self._work / f"resampler-{number}"
        fit(task, steps=self._plan.resampler_steps, seed=self._plan.seed, folder=folder, hook=self._hook)
        return task.network.eval()

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
        if len({self._shelf.records[n].identity for n in chosen}) < 2:
            raise UsageError(f"{len(chosen)} faces for a swapper are all of one person; let faces be more.")
        portraits = Portraits.of_shelf(self._shelf, chosen, build.shape.size_px, identity, rng)
        weights = SwapperWeights(likeness=build.likeness, invention=build.invention)
        task = SwapperTask(
            build.shape, portraits, identity, seed=self._plan.seed, weights=weights, device=self._plan.device
        )
        folder = self._work / f"swapper-{number}"
        fit(task, steps=self._plan.swapper_steps, seed=self._plan.seed, folder=folder, hook=self._hook)
        return task.network.eval(), portraits

    def _sharp(self, size_px: int) -> list[int]:
        """Genuine faces as they came that need not be enlarged; all genuine ones where those are of one person."""
        records = self._shelf.records
        sharp = [
            n
            for n in self._genuine
            if not records[n].condition and records[n].height_px >= _FACE_IN_SQUARE * size_px
        ]
        return sharp if len({records[n].identity for n in sharp}) > 1 else self._genuine

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

    def _rerendered(self, n: int, network: Resampler, rng: np.random.Generator) -> _Twins:
        """The picture, and the picture with its face, or somebody else's in its pose, rendered by the network."""
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        # A share of 0 draws nothing, so that older recipes give the twins that they gave.
        if self._plan.whole_pictures and rng.random() < self._plan.whole_pictures:
            return self._throughout(n, network, rng, scale=float(np.hypot(*to_core[:, 0])))
        face, mask = own.image_rgb, _whole_or_face(own, rng)
        if rng.random() < _SWAPPED and (other := self._similar(n, rng)) is not None:
            source = _square(*self._shelf.face(other), 2 * size)[1]
            warped = warp_to_mesh(source, own.landmarks, size=size)
            face, mask = (
                transfer_colour(warped, own.image_rgb, ellipse(own.landmarks, size), how=_colour(rng)),
                _face(own, rng),
            )
        core = rendered(network, face[None])[0]
        return _Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks)

    def _throughout(self, n: int, network: Resampler, rng: np.random.Generator, *, scale: float) -> _Twins:
        """The picture, and the picture rendered from edge to edge, its face moved as another's before, or not."""
        picture, landmarks = self._shelf.face(n)
        genuine, forged = rendered_throughout(network, picture, scale=scale)
        moves = self._plan.animated and rng.random() < self._plan.animated
        if moves and (other := self._similar(n, rng)) is not None:
            like = self._shelf.landmarks(other)
            picture, landmarks = animated(picture, landmarks, like, amount=rng.uniform(*_MOVED))
            forged = rendered_throughout(network, picture, scale=scale)[1]
        return _Twins(genuine, forged, landmarks)

    def _redrawn(
        self, n: int, network: SharedAutoencoder, others: Sequence[int], rng: np.random.Generator
    ) -> _Twins:
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        person = int(rng.choice(list(others)))
        core, mask = drawn_face(
            network,
            own,
            person,
            colour=COLOURS[int(rng.integers(1, len(COLOURS)))],
            shape=SHAPES[int(rng.integers(len(SHAPES)))],
            edge=rng.uniform(0.02, 0.07),
        )
        return _Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks)

    def _swapped(
        self, n: int, embedding: Embedding, network: Swapper, portraits: Portraits, rng: np.random.Generator
    ) -> _Twins:
        """The picture, and the picture with somebody else's face, drawn from the 128 numbers of one portrait."""
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        other = int(rng.choice(portraits.strangers(self._shelf.records[n].identity)))
        drawn = swapped(network, own.image_rgb[None], embedding, portraits.embeddings[[other]])[0]
        core, colour = np.ascontiguousarray(drawn[..., :3]), _colour(rng)
        if rng.random() < _LEARNED:
            learned, edge = learned_mask(drawn[..., 3]), rng.uniform(0.02, 0.07)
            core, mask = composed(core, own, colour=colour, shape="learned", drawn=learned, edge=edge)
        else:
            core = transfer_colour(core, own.image_rgb, ellipse(own.landmarks, size), how=colour)
            mask = _face(own, rng)
        return _Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks)

    def _similar(self, n: int, rng: np.random.Generator) -> int | None:
        """Of a few faces of other people the one that looks most nearly in the same direction."""
        tried = rng.choice(self._genuine, POSES_TRIED).tolist()
        return looking_alike(self._shelf.records, n, tried)

    def _pair(self, n: int, twins: _Twins) -> Iterator[tuple[FaceRecord, bytes, npt.NDArray[np.float32]]]:
        self._made += 1
        # Stores of several runs may lie side by side.
        pair = f"{METHOD}-{self._plan.store}-{self._made}"
        record = replace(self._shelf.records[n], method=METHOD, pair=pair, time_s=0.0, condition="")
        yield record, encoded_jpeg(twins.genuine), self._shelf.landmarks(n)
        yield replace(record, label=1), encoded_jpeg(twins.forged), twins.landmarks


def _colour(rng: np.random.Generator) -> Colour:
    how: Colour = rng.choice(["lab", "mean", "none"], p=[0.65, 0.25, 0.1])
    return how


def _whole_or_face(own: AlignedFace, rng: np.random.Generator) -> Mask:
    """Sometimes the whole square, as enhancers and programs that animate a portrait paste it."""
    size = own.image_rgb.shape[0]
    return np.ones((size, size), np.float32) if rng.random() < _WHOLE else _face(own, rng)


def _face(own: AlignedFace, rng: np.random.Generator) -> Mask:
    if rng.random() < 0.5:
        size = own.image_rgb.shape[0]
        return soft_edge(ellipse(own.landmarks, size), rng.uniform(0.02, 0.08) * size)
    return np.asarray(soften(deformed_mask(own, rng), rng) * rng.uniform(0.85, 1.0), np.float32)


def _square(
    picture: ImageRGB, landmarks: npt.NDArray[np.float32], size: int
) -> tuple[warp.Affine, AlignedFace]:
    face = MeshFace(landmarks, 1.0)
    return to_square(face, size), aligned(picture, face, size)
