"""Leaks between splits that no name tells: the same picture encoded anew, and the same person under another name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.lab.bench.detector import Hook, run
from facewarden.lab.dataset import Item, clusters
from facewarden.lab.lookalikes import (
    PROBABLE,
    Alike,
    People,
    Pictures,
    Seen,
    chance,
    near_duplicates,
    same_people,
    sure_distance,
)
from facewarden.lab.looks import Looker, look_of

CACHE = Path(".cache/looks")


@dataclass(frozen=True, slots=True)
class Opened:
    """Files that were looked at.

    Attributes:
        seen: those that could be opened.
        failed: those that could not.
        left_out: how many were not drawn.
    """

    seen: tuple[Seen, ...]
    failed: tuple[Item, ...]
    left_out: int = 0

    @property
    def without_face(self) -> int:
        """How many show no face that can be compared: none, or one too small, blurred, turned away or cut off."""
        return sum(not len(one.look.faces) for one in self.seen)


def opened(
    items: Sequence[Item],
    *,
    most: int | None = None,
    seed: int = 0,
    cache: Path | None = CACHE,
    processes: int = 1,
    hook: Hook | None = None,
) -> Opened:
    """Open every file and look at it, or at `most` of each method, label and split, drawn by the seed.

    Raises:
        UsageError: the package of the PDQ hash is not there.
    """
    chosen = items if most is None else drawn(items, most, seed)
    outcomes = run(Looker(), chosen, cache=cache, processes=processes, hook=hook)
    return Opened(
        seen=tuple(Seen(o.item, look_of(o.judgement.parts)) for o in outcomes if o.state != "failed"),
        failed=tuple(o.item for o in outcomes if o.state == "failed"),
        left_out=len(items) - len(chosen),
    )


def drawn(items: Sequence[Item], most: int, seed: int) -> list[Item]:
    """At most so many files of each method, label and split, in their order."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        groups[item.split, item.label, item.method].append(number)
    # A generator for each group: of forgeries and twins that are listed in one order, twins are drawn.
    chosen = [
        group[n]
        for group in groups.values()
        for n in np.random.default_rng(seed).permutation(len(group))[:most]
    ]
    return [items[number] for number in sorted(chosen)]


@dataclass(frozen=True, slots=True)
class ContentLeaks:
    """What stands in more than one split by its looks.

    Attributes:
        opened: what was looked at.
        pictures: near duplicates; each is an error.
        people: faces under different names that are probably one person's.
    """

    opened: Opened
    pictures: Pictures
    people: People

    @property
    def sure_distance(self) -> float:
        """Up to here fewer than one of the pairs that were compared is expected by chance."""
        return sure_distance(self.people.pairs)

    @property
    def errors(self) -> tuple[str, ...]:
        """A sentence for each near duplicate, and for each two people whose genuine files show surely one."""
        copies = [
            f"near duplicates, {alike.distance:.0f} bits apart: {_both(alike)}"
            for alike in self.pictures.near
        ]
        same = [f"the same face, {alike.distance:.3f} apart: {_both(alike)}" for alike in self._sure]
        return (*copies, *same)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each two people who are probably one, or of whom one is seen in a forgery."""
        sure = set(self._sure)
        return tuple(
            f"probably the same face, {alike.distance:.3f} apart"
            + (", in a forgery it may be that of its donor" if alike.any_forged else "")
            + f": {_both(alike)}"
            for alike in self.people.near
            if alike not in sure
        )

    @property
    def summary(self) -> str:
        """What was compared, and how often chance does what was looked for."""
        seen, (beside, near_beside) = self.opened, self.people.beside
        lines = [
            f"Opened {len(seen.seen)} files"
            + (f", a sample; {seen.left_out} were not drawn" if seen.left_out else "")
            + f"; {len(seen.failed)} could not be read; {seen.without_face} show no face that can be compared.",
            f"Pictures: {self.pictures.pairs:,} pairs of files in different splits; near duplicates are up to 31 "
            f"of 256 bits apart: {len(self.pictures.near)}.",
            f"Faces: {self.people.pairs:,} pairs in different splits under different names. An error up to "
            f"{self.sure_distance:.3f} (at most {chance(self.sure_distance):.1e} of pairs of strangers are as near, so "
            f"fewer than 1 of these by chance): {len(self._sure)} pairs of names. A warning up to {PROBABLE} (at most "
            f"{chance(PROBABLE):.1e} of strangers, so at most {chance(PROBABLE) * self.people.pairs:,.0f} of these): "
            f"{len(self.warnings)} pairs of names.",
            f"Within the splits, {near_beside:,} of {beside:,} pairs of faces under different names are within "
            f"{PROBABLE}.",
        ]
        return "\n".join(lines) + "\n"

    @property
    def _sure(self) -> tuple[Alike, ...]:
        return tuple(a for a in self.people.near if a.distance <= self.sure_distance and not a.any_forged)


def content_leaks(opened: Opened) -> ContentLeaks:
    """Compare every file with those of other splits."""
    items = [one.item for one in opened.seen]
    splits = [item.split for item in items]
    return ContentLeaks(
        opened, near_duplicates(opened.seen, splits), same_people(opened.seen, splits, clusters(items))
    )


def belonging_together(opened: Opened) -> list[tuple[Item, Item]]:
    """Return what `content_leaks` would call an error, or a warning, were the two in different splits."""
    items = [one.item for one in opened.seen]
    names = clusters(items)
    found = [*near_duplicates(opened.seen, names).near, *same_people(opened.seen, names, names).near]
    return [(alike.one, alike.other) for alike in found]


def _both(alike: Alike) -> str:
    return " and ".join(f"{item.path} ({item.split}, {item.identity})" for item in (alike.one, alike.other))
