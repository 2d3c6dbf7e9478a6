"""What an attack is: frames with their faces in, forged frames out, everything in memory.

An attack is a frozen dataclass. Its fields are its parameters, each with an `Axis` that says in words what it
changes and how far it goes, so that the command line, the benchmark and the documentation name them alike. Nothing
here reads or writes a file: the one way out of the lab is `facewarden.lab.marks.marked`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from facewarden.errors import UsageError
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.mesh_warp import Mask
from facewarden.media.frame import Frame, ImageRGB


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame and the faces that were found in it, the same person in the same place of the tuple where possible."""

    frame: Frame
    faces: tuple[MeshFace, ...]


@dataclass(frozen=True, slots=True)
class ForgedFrame:
    """`image_rgb` (H, W, 3) uint8, and (H, W) float32 in [0, 1] how much of each pixel was forged."""

    image_rgb: ImageRGB
    mask: Mask


@dataclass(frozen=True, slots=True)
class Axis:
    """What a parameter changes.

    Attributes:
        label: in words, with its unit.
        low, high: of a number, both allowed.
        choices: of a word.
    """

    label: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Raise UsageError where `value` lies outside."""
        if self.choices and value not in self.choices:
            raise UsageError(f"{name} must be one of {', '.join(self.choices)}, but got {value!r}.")
        if value is None or isinstance(value, str | bool):
            return
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise UsageError(f"{name} must be in {self.low:g}..{self.high:g}, but got {value:g}.")


@runtime_checkable
class Attack(Protocol):
    """One way to forge. Implementations are frozen dataclasses whose fields are declared with `axis`."""

    name: ClassVar[str]
    summary: ClassVar[str]
    needs_source: ClassVar[bool]
    """Whether another person's face is put in, which takes that person's consent."""
    source_kind: ClassVar[Literal["photo", "clip"]]
    """What the source has to be, where one is needed."""

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """Forge a photo (one scene) or a clip; the same seed gives the same frames.

        Raises:
            UsageError: a source is needed and missing, or shows no face.
        """


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a generator is trained for one forgery.

    Attributes:
        seed: of its weights and of what it is shown.
        folder: for its checkpoint and marked previews; None keeps nothing.
        hook: called as hook("train", fraction 0..1).
    """

    seed: int = 0
    folder: Path | None = None
    hook: Callable[[str, float], None] | None = None


@runtime_checkable
class TrainedAttack(Attack, Protocol):
    """An attack that trains a generator for each forgery. The generator is thrown away when the forgery is made."""

    def train(self, target: Iterable[Scene], source: Iterable[Scene], workshop: Workshop) -> Attack:
        """Train on the faces of the target, and on those of a source where the attack needs one.

        Returns the attack, ready to forge that target.

        Raises:
            UsageError: there is no face to learn from, or several people where one is needed, or the folder holds
                another training.
        """


@runtime_checkable
class Audible(Protocol):
    """An attack that keeps the sound of a clip, late by `audio_delay_ms` (0 or more); the others leave it out."""

    audio_delay_ms: int


def axis(
    default: Any,
    label: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a parameter of an attack."""
    return field(default=default, metadata={"axis": Axis(label, low, high, choices)})


def axes(attack: type[Attack] | Attack) -> dict[str, tuple[Field[Any], Axis]]:
    """The parameters of an attack by name."""
    return {one.name: (one, one.metadata["axis"]) for one in fields(attack)}  # type: ignore[arg-type]


def check_axes(attack: Attack) -> None:
    """For ``__post_init__``: raise UsageError where a parameter lies outside its axis."""
    for name, (_, one) in axes(attack).items():
        one.check(name, getattr(attack, name))
