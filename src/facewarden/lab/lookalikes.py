"""Files of a collection that look alike, whatever they are called: near duplicates, and faces that are one person's.

Everything on one side is compared with everything on the others, sides being splits, or groups that may become splits.
Faces are compared under different names only. Their distances are those of `faces.likeness`, whose rates come from the
data set in which strangers are confused most; below the nearest distance with a measured rate the rate is continued.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from facewarden.faces.likeness import DIMENSIONS, RATES
from facewarden.lab.dataset import Item
from facewarden.lab.looks import Look
from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import MATCH

PROBABLE = RATES[0].distance
"""Nearer faces under different names are told of; at most 1 in 10,000 pairs of strangers are."""

DECADE = 0.045
"""How much nearer a tenth of the strangers comes, where no rate was measured: in the data set in which strangers are
confused most it is .045 from 1 in 100 to 1 in 1,000, and .028 from there to 1 in 10,000 (docs/likeness.md)."""

_BELOW_ONE = 0.99
_HASHES_AT_ONCE = 4096
_DISTANCES_AT_ONCE = 1 << 23

Numbers = npt.NDArray[np.int64]


class Seen(NamedTuple):
    """A file, and what it looks like."""

    item: Item
    look: Look


@dataclass(frozen=True, slots=True)
class Alike:
    """Two files on different sides that look alike.

    Attributes:
        distance: bits of PDQ (0 to 31), or the distance of the nearest faces (`faces.identity`).
    """

    one: Item
    other: Item
    distance: float

    @property
    def any_forged(self) -> bool:
        return self.one.is_fake or self.other.is_fake


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was found by PDQ.

    Attributes:
        near: near duplicates, the nearest first.
        pairs: of files that were compared.
    """

    near: tuple[Alike, ...]
    pairs: int


@dataclass(frozen=True, slots=True)
class People:
    """What was found by faces.

    Attributes:
        near: for each two people under different names the nearest faces within `PROBABLE`, of genuine files, and of
            those of which one is forged; the nearest first.
        pairs: of faces across sides that were compared.
        beside: pairs of faces on one side that bear different names, and how many of them are as near: what strangers,
            and people under several names, do where no side is crossed.
    """

    near: tuple[Alike, ...]
    pairs: int
    beside: tuple[int, int]


def near_duplicates(seen: Sequence[Seen], sides: Sequence[str]) -> Pictures:
    """Return files on different sides of which some moments lie within 31 bits of PDQ, as they are or mirrored."""
    side = _codes(sides)
    owners = np.repeat(np.arange(len(seen)), [len(one.look.whole) for one in seen])
    index = HashIndex()
    if len(owners):
        index.add(np.concatenate([one.look.whole for one in seen]), owners)
    nearest: dict[tuple[int, int], int] = {}
    for kind in ("whole", "mirrored") if len(owners) else ():
        asked = np.concatenate([getattr(one.look, kind) for one in seen])
        for start in range(0, len(asked), _HASHES_AT_ONCE):
            for place, found in enumerate(index.within_each(asked[start : start + _HASHES_AT_ONCE], MATCH)):
                file = int(owners[start + place])
                across = side[found.owners] != side[file]
                for other, bits in zip(
                    found.owners[across].tolist(), found.distances[across].tolist(), strict=True
                ):
                    pair = (min(file, other), max(file, other))
                    nearest[pair] = min(bits, nearest.get(pair, MATCH))
    useful = np.array([len(one.look.whole) > 0 for one in seen], bool)
    alike = [Alike(seen[a].item, seen[b].item, bits) for (a, b), bits in nearest.items()]
    return Pictures(tuple(sorted(alike, key=lambda pair: pair.distance)), _pairs_across(side[useful]))


def same_people(seen: Sequence[Seen], sides: Sequence[str], names: Sequence[str]) -> People:
    """Return faces on different sides and under different names that are at most `PROBABLE` apart."""
    counts = [len(one.look.faces) for one in seen]
    owners = np.repeat(np.arange(len(seen)), counts)
    faces = np.concatenate([np.empty((0, DIMENSIONS), np.float32), *(one.look.faces for one in seen)])
    side, name = _codes(sides), _codes(names)
    across = beside = near_beside = 0
    nearest: dict[tuple[int, int, bool], tuple[float, int, int]] = {}
    for rows, columns, distances in _blocks(faces):
        a, b = owners[rows][:, None], owners[columns][None]
        strangers = (name[a] != name[b]) & (columns[None] > rows[:, None])
        near = distances <= PROBABLE
        other_side = side[a] != side[b]
        crossing, staying = strangers & other_side, strangers & ~other_side
        across += int(crossing.sum())
        beside += int(staying.sum())
        near_beside += int((staying & near).sum())
        for row, column in np.argwhere(crossing & near).tolist():
            one, other = int(owners[rows[row]]), int(owners[columns[column]])
            forged = seen[one].item.is_fake or seen[other].item.is_fake
            people = (min(name[one], name[other]), max(name[one], name[other]), forged)
            here = (float(distances[row, column]), one, other)
            nearest[people] = min(here, nearest.get(people, (inf, 0, 0)))
    found = [Alike(seen[one].item, seen[other].item, distance) for distance, one, other in nearest.values()]
    return People(tuple(sorted(found, key=lambda alike: alike.distance)), across, (beside, near_beside))


def chance(distance: float) -> float:
    """At most this share of pairs of strangers' faces is as near as a distance up to `PROBABLE`.

    >>> chance(0.31), round(chance(0.31 - DECADE), 9)
    (0.0001, 1e-05)
    """
    return RATES[0].false_positive_rate * 10 ** ((distance - PROBABLE) / DECADE)


def sure_distance(pairs: int) -> float:
    """The distance up to which fewer than one of so many pairs is expected by chance; at most `PROBABLE`.

    >>> sure_distance(100), round(sure_distance(1_000_000), 3)
    (0.31, 0.22)
    """
    bearable = _BELOW_ONE / max(pairs, 1)
    return max(0.0, min(PROBABLE, PROBABLE + DECADE * log10(bearable / RATES[0].false_positive_rate)))


def _codes(words: Sequence[str]) -> Numbers:
    """(N,) the number of each word, the same for the same word."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return np.array([numbers[word] for word in words], np.int64)


def _pairs_across(side: Numbers) -> int:
    """How many pairs of files are on different sides."""
    sizes = np.bincount(side) if len(side) else np.zeros(1, np.int64)
    return int((len(side) ** 2 - (sizes.astype(np.int64) ** 2).sum()) // 2)


def _blocks(
    faces: npt.NDArray[np.float32],
) -> Iterator[tuple[Numbers, Numbers, npt.NDArray[np.float32]]]:
    """(rows, columns, their distances) of the upper half of the square of all distances, a few rows at a time."""
    squares, start = np.square(faces).sum(1), 0
    while start < len(faces):
        end = min(len(faces), start + max(1, _DISTANCES_AT_ONCE // (len(faces) - start)))
        squared = squares[start:end, None] + squares[None, start:] - 2 * (faces[start:end] @ faces[start:].T)
        # Rounding takes the square of a tiny distance below zero.
        yield np.arange(start, end), np.arange(start, len(faces)), np.sqrt(np.maximum(squared, 0))
        start = end
