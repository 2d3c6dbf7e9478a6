"""Whom a face resembles among people who asked for it, and how often a stranger's face would come as close.

The distance to a person is that to the nearest of the person's templates. A stranger has as many chances as there are
templates, so the stated rate is that of one template times their number: a bound that holds whatever they are. All
people are compared in one matrix product. Distances and their rates were measured by ``benchmarks/protect_faces.py``
(docs/likeness.md); faces unlike those that were measured (too small, too blurred, turned too far) are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from facewarden.faces import fitness
from facewarden.faces.track import FaceSample, FaceTrack

DIMENSIONS = 128

MAX_YAW_DEG = 40.0
MAX_OUTSIDE = 0.15
"""How far a face may reach beyond the picture, relative to its own extent."""


@dataclass(frozen=True, slots=True)
class StatedRate:
    """At `distance` or nearer lies this share of comparisons of a stranger's face with one template."""

    false_positive_rate: float
    distance: float


RATES = (
    StatedRate(1e-4, 0.31),
    StatedRate(1e-3, 0.37),
    StatedRate(2e-3, 0.38),
    StatedRate(5e-3, 0.40),
    StatedRate(1e-2, 0.41),
    StatedRate(2e-2, 0.425),
    StatedRate(5e-2, 0.455),
    StatedRate(1e-1, 0.485),
)
"""Nearest first: the data set in which strangers are confused most (42,486 pairs of official portraits of Taiwanese
candidates; 95 % interval of the distance at 1e-3: .365 to .383), rounded towards zero or a little nearer. At 1e-4,
where .345 was measured, it is about the lower end of the interval. In two other data sets the distance at 1e-3 is
.52 and .56."""

SAME_PERSON = next(rate.distance for rate in RATES if rate.false_positive_rate == 1e-3)
"""The distance at a false-positive rate of one in a thousand comparisons with one template."""

COIN = 0.5
"""Where this share of strangers' faces, or more, comes as near to anybody of the known people, nobody is named."""


class KnownFaces(Protocol):
    """People who asked to be looked for. Whoever implements it keeps their templates secret."""

    @property
    def people(self) -> Sequence[str]:
        """T ids, one for each template: whom it shows."""

    @property
    def templates(self) -> npt.NDArray[np.float32]:
        """(T, 128) embeddings of `faces.identity`."""


@dataclass(frozen=True, slots=True)
class Resembling:
    """A person whom a face resembles.

    Attributes:
        person: as `KnownFaces.people` has it.
        distance: to the nearest template; 0 for the same picture, about 0.8 for strangers.
        false_positive_rate: at most this share of strangers' faces comes as close to this one person, in (0, 1].
    """

    person: str
    distance: float
    false_positive_rate: float


class Likeness:
    """Compares faces with known people.

    Example:
        >>> from types import SimpleNamespace
        >>> known = SimpleNamespace(people=["Ada"], templates=np.zeros((1, 128), np.float32))
        >>> Likeness(known).nearest(np.full((1, 128), 0.01, np.float32))[0].person
        'Ada'
    """

    def __init__(
        self,
        known: KnownFaces,
        *,
        spend: Callable[[int], object] | None = None,
        name_of: Callable[[str], str] = str,
    ) -> None:
        """Sort the templates by person.

        Args:
            known: the people; their templates are copied once.
            spend: see `spend`.
            name_of: the name of a person of `KnownFaces.people`, asked only for those whom a face resembles.

        Raises:
            ValueError: there is no template for each name, or one is not made of 128 finite numbers.
        """
        templates = np.asarray(known.templates, np.float32)
        if templates.ndim != 2 or templates.shape[1] != DIMENSIONS or len(templates) != len(known.people):
            raise ValueError(
                f"templates must have shape ({len(known.people)}, {DIMENSIONS}), but got {templates.shape}"
            )
        if not np.isfinite(templates).all():
            raise ValueError("templates must be finite, but got some that are not")
        numbers = {person: number for number, person in enumerate(dict.fromkeys(known.people))}
        owners = np.array([numbers[person] for person in known.people], np.intp)
        order = np.argsort(owners, kind="stable")
        self.people = tuple(numbers)
        self._templates = np.ascontiguousarray(templates[order])
        self._squares = np.square(self._templates).sum(1)
        self._counts = np.bincount(owners, minlength=len(numbers))
        self._starts = np.cumsum(self._counts) - self._counts
        self._spend = spend
        self.name_of = name_of

    def __len__(self) -> int:
        return len(self.people)

    def spend(self, faces: int) -> None:
        """Say that what was found of so many faces is about to be told; raises where no more may be told now.

        Comparing costs nothing: it is the answers that must not be had without limit.
        """
        if self._spend is not None and faces:
            self._spend(faces)

    def distances(self, embeddings: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(P, K) distances of K faces, given as (K, 128), to each of the P `people`."""
        faces = np.asarray(embeddings, np.float32)
        if faces.ndim != 2 or faces.shape[1] != DIMENSIONS:
            raise ValueError(f"embeddings must have shape (_, {DIMENSIONS}), but got {faces.shape}")
        if not self.people:
            return np.zeros((0, len(faces)), np.float32)
        squared = self._templates @ faces.T
        squared *= -2
        squared += self._squares[:, None]
        squared += np.square(faces).sum(1)
        # Rounding takes the square of a tiny distance below zero.
        each = np.sqrt(np.maximum(squared, 0, out=squared), out=squared)
        return np.asarray(np.minimum.reduceat(each, self._starts, axis=0), np.float32)

    def nearest(self, embeddings: npt.NDArray[np.float32], *, count: int = 1) -> tuple[Resembling, ...]:
        """The people whom one face, seen at K moments as (K, 128), resembles; nearest first, at most `count`.

        The distances of the moments are averaged. Empty where nobody is within the farthest stated rate.
        """
        if not len(embeddings) or not self.people:
            return ()
        distances = self.distances(embeddings).mean(1)
        near = np.flatnonzero(distances <= RATES[-1].distance)
        near = near[np.argsort(distances[near], kind="stable")][:count]
        return tuple(
            Resembling(self.people[place], float(distances[place]), min(1.0, rate * int(self._counts[place])))
            for place in near
            if (rate := stated_rate(float(distances[place]))) is not None
        )

    def rate_among_all(self, distance: float) -> float:
        """The share of strangers' faces that come so close to anybody of the people, at most, in (0, 1]."""
        rate = stated_rate(distance)
        return 1.0 if rate is None else min(1.0, rate * len(self._templates))

    @property
    def tells_apart(self) -> bool:
        """Whether few enough templates are known that any distance says something: with RATES, fewer than 5,000."""
        return self.rate_among_all(0.0) < COIN


def stated_rate(distance: float) -> float | None:
    """The measured false-positive rate of a distance to one template; None where it is too far to say anything.

    >>> stated_rate(0.9) is None
    True
    """
    return next((rate.false_positive_rate for rate in RATES if distance <= rate.distance), None)


def unfit(sample: FaceSample, *, outside: float = 0.0) -> str | None:
    """Why a face cannot be compared: ``too_small``, ``turned_away``, ``too_blurred``, ``cut_off``; None where it can.

    `outside` is how far it reaches beyond the picture, relative to its own extent.
    """
    why = fitness.unfit(sample, max_yaw_deg=MAX_YAW_DEG)
    return why or ("cut_off" if outside > MAX_OUTSIDE else None)


def outside(box_xyxy: npt.NDArray[np.float32], *, width: int, height: int) -> float:
    """How far a box reaches beyond a picture of `width` x `height` pixels, relative to its own extent; 0 within it."""
    x0, y0, x1, y1 = (float(v) for v in box_xyxy)
    across, down = max(-x0, x1 - width), max(-y0, y1 - height)
    return max(0.0, across / (x1 - x0), down / (y1 - y0))


def why_not_compared(track: FaceTrack) -> str:
    """The likeliest reason why a track has no embedding, from its medians; ``too_few_samples`` where none fits."""
    if not track.heights_px:
        return "too_few_samples"
    if np.median(track.heights_px) < fitness.MIN_HEIGHT_PX:
        return "too_small"
    if np.median(np.abs(track.yaws_deg)) > MAX_YAW_DEG:
        return "turned_away"
    return "too_blurred" if np.median(track.sharpness) < fitness.MIN_SHARPNESS else "too_few_samples"
