"""What a run of `lab twins` is to make, and of what generators."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.lab.generators.resampler import ResamplerShape
from facewarden.lab.generators.shared_decoders import AutoencoderShape
from facewarden.lab.generators.swapper import SwapperShape
from facewarden.lab.training.config import checked, read_fields

STORE = "train-d-generated.npz"


@dataclass(frozen=True, slots=True)
class Build:
    """A resampler to train: its `shape`, and how much a discriminator has a say (`invention`)."""

    shape: ResamplerShape
    invention: float


@dataclass(frozen=True, slots=True)
class SwapperBuild:
    """A one-photo swapper to train: its `shape`, and how much a discriminator and the identity have a say.

    `invention` and `likeness` as in `SwapperWeights`.
    """

    shape: SwapperShape = field(default_factory=SwapperShape)
    invention: float = 0.1
    likeness: float = 0.06


# Codes that hold much: with less, a few hundred steps give a blur that no real program would show.
BUILDS = (
    Build(ResamplerShape(128, 4, 8, 16, "shuffle"), 0.02),
    Build(ResamplerShape(128, 8, 48, 20, "nearest"), 0.03),
    Build(ResamplerShape(96, 4, 12, 16, "transpose"), 0.03),
    Build(ResamplerShape(192, 8, 48, 12, "shuffle"), 0.03),
)
CORES = (AutoencoderShape(64), AutoencoderShape(96, 24))


@dataclass(frozen=True, slots=True)
class TwinPlan:
    """How many twins to make, and how long to train for them.

    Attributes:
        builds, cores, swappers: the resamplers, the shared autoencoders and the one-photo swappers, each with
            generators of its own. No swapper by default: it wants some thousand steps.
        resampler_steps, autoencoder_steps, swapper_steps: of training, for each.
        faces: genuine faces that the resamplers learn from, and as many that the swappers do.
        people: that the shared autoencoders learn, those with the most pictures.
        twins: forged with each generator.
        whole_pictures: how many of a resampler's twins are rendered from edge to edge, as programs that animate a
            portrait and those that invent one do; beside such a forgery the genuine twin is scaled alike.
        animated: how many of those are first moved as somebody else's face (`animate`), as by a program that
            animates a portrait; none by default, as in the recipes so far.
        seed: of everything that is drawn.
        device: where the generators are trained and used, ``cpu`` or ``cuda``.
        store: name of the file that is written; it must begin with ``train-`` to be found.
    """

    builds: tuple[Build, ...] = BUILDS
    cores: tuple[AutoencoderShape, ...] = CORES
    swappers: tuple[SwapperBuild, ...] = ()
    resampler_steps: int = 500
    autoencoder_steps: int = 600
    swapper_steps: int = 1500
    faces: int = 1500
    people: int = 8
    twins: int = 500
    whole_pictures: float = 0.2
    animated: float = 0.0
    seed: int = 1
    device: str = "cpu"
    store: str = STORE

    def __post_init__(self) -> None:
        if not (self.store.startswith("train-") and self.store.endswith(".npz")) or "/" in self.store:
            raise UsageError(f"store must be named train-*.npz, but got {self.store!r}.")
        for name in ("whole_pictures", "animated"):
            if not 0 <= (share := getattr(self, name)) <= 1:
                raise UsageError(f"{name} must be a share from 0 to 1, but got {share:g}.")


def read_plan(path: Path | None) -> TwinPlan:
    """The plan whose fields a JSON file sets, the default where there is none. Raises UsageError for a wrong one."""
    if path is None:
        return TwinPlan()
    return checked(
        TwinPlan, read_fields(path), origin=str(path), noun="plan for twins", wrong="no plan for twins"
    )
