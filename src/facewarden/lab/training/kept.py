"""A part of the material, to learn what more of it is worth: a share of the twins, or of the people.

What stays is drawn by a seed and nested: whoever stays at a tenth stays at a third as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from facewarden.lab.training.pairs import TWINS
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord


def restricted(shelf: FaceShelf, kept: Mapping[str, float] | None, *, seed: int) -> FaceShelf:
    """The faces of `shelf` that are left; `shelf` itself where all are.

    Args:
        kept: ``people`` is the share of people who stay, with all of their faces. They are drawn among those who are
            seen in the same methods, of whom at least one stays: no source vanishes with the few who are in it.
            ``twins`` is the share of pairs, of each method with twins, whose forgery stays. Genuine faces all stay,
            so that nothing but the number of forgeries changes. Where both are given, twins are drawn among the
            people who stay.
        seed: the same seed and the same stores keep the same.
    """
    left = shelf
    if (share := (kept or {}).get("people", 1.0)) < 1:
        left = _of_people(left, share, seed)
    if (share := (kept or {}).get("twins", 1.0)) < 1:
        left = _of_twins(left, share, seed)
    return left


def _of_people(shelf: FaceShelf, share: float, seed: int) -> FaceShelf:
    methods: dict[str, set[str]] = defaultdict(set)
    for record in shelf.records:
        methods[record.identity].add(f"{record.method}/{record.label}")
    alike: dict[str, list[str]] = defaultdict(list)
    for identity, seen in methods.items():
        alike[" ".join(sorted(seen))].append(identity)
    chosen = _drawn(alike, share, seed)
    return shelf.only(number for number, record in enumerate(shelf.records) if record.identity in chosen)


def _of_twins(shelf: FaceShelf, share: float, seed: int) -> FaceShelf:
    pairs: dict[str, set[str]] = defaultdict(set)
    for record in filter(_is_twin, shelf.records):
        pairs[record.method].add(f"{record.method} {record.pair}")
    chosen = _drawn(pairs, share, seed)
    return shelf.only(
        number
        for number, record in enumerate(shelf.records)
        if not _is_twin(record) or f"{record.method} {record.pair}" in chosen
    )


def _is_twin(record: FaceRecord) -> bool:
    return bool(record.label) and record.method in TWINS.values()


def _drawn(groups: Mapping[str, Iterable[str]], share: float, seed: int) -> set[str]:
    """Of each group its share, the first in an order that depends on the seed alone; at least one."""
    rng = np.random.default_rng(seed)
    chosen: set[str] = set()
    for _, group in sorted(groups.items()):
        members = sorted(group)
        order = rng.permutation(len(members))
        chosen.update(members[n] for n in order[: max(1, round(share * len(members)))])
    return chosen
