"""Splits of a collection in which no person, no pair and, where asked, no kind of forgery stands on two sides.

Files that share an identity, a pair, or whatever else must stay together are one group. Groups are given out whole,
kind by kind (the methods in them), so that every split gets its share of each kind as far as whole groups allow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.dataset import Item, clusters, joined, sha256

Link = tuple[Item, Item]
"""Two files that must not be parted."""

_ROUNDING = 1e-6
"""Of a file: what a share times a number may lack of a whole number."""

_Kind = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Splitting:
    """How a collection was divided.

    Attributes:
        items: all of them in their order, with their new splits.
        group_sizes: files in each group, the largest first.
        forced: files that are in the last split because a method was held out.
    """

    items: tuple[Item, ...]
    group_sizes: tuple[int, ...]
    forced: int


def divide(
    items: Sequence[Item],
    shares: Mapping[str, float],
    *,
    seed: int = 0,
    held_out: Sequence[str] = (),
    methods_apart: bool = False,
    links: Sequence[Link] = (),
) -> Splitting:
    """Give every item a split; the same seed gives the same splits.

    Without methods that are held out, the files of each split are off its share by less than the largest group.

    Args:
        shares: of each split by its name, above 0, sum 1.
        held_out: methods of which forgeries go to the last split only, and with them all that is in their groups.
            If that is more than its share, the others share the rest in proportion.
        methods_apart: whether all forgeries of one method stay in one split.
        links: further files that must not be parted, such as copies of each other.

    Raises:
        UsageError: the shares are not as they must be, a method has no forgeries, or there are fewer groups than
            splits.
    """
    _check(items, shares, held_out)
    groups = groups_of(items, methods_apart=methods_apart, links=links)
    if len(groups) < len(shares):
        raise UsageError(
            f"The files form {len(groups)} group(s) that must not be parted, which do not make {len(shares)} splits."
        )
    last = list(shares)[-1]
    forced: list[tuple[int, ...]] = []
    free: list[tuple[int, ...]] = []
    for group in groups:
        is_held_out = any(items[n].is_fake and items[n].method in held_out for n in group)
        (forced if is_held_out else free).append(group)
    split_of = {n: last for group in forced for n in group}
    targets = _targets(shares, last, total=len(items), forced=len(split_of))
    for group, split in _given_out(free, targets, lambda group: _kind(items, group), seed):
        split_of |= dict.fromkeys(group, split)
    return Splitting(
        items=tuple(replace(item, split=split_of[n]) for n, item in enumerate(items)),
        group_sizes=tuple(sorted(map(len, groups), reverse=True)),
        forced=sum(len(group) for group in forced),
    )


def groups_of(
    items: Sequence[Item], *, methods_apart: bool = False, links: Sequence[Link] = ()
) -> list[tuple[int, ...]]:
    """Return the numbers of the items of each group, in the order of its first item.

    Joined are files with an identity or a pair in common, `links`, and with `methods_apart` forgeries of one method.
    """
    names = clusters(items)
    place = {item: n for n, item in enumerate(items)}
    edges = [(names[place[one]], names[place[other]]) for one, other in links]
    if methods_apart:
        edges += [(names[n], f"method:{item.method}") for n, item in enumerate(items) if item.is_fake]
    root = joined(edges)
    groups: dict[str, list[int]] = defaultdict(list)
    for n, name in enumerate(names):
        groups[root(name)].append(n)
    return [tuple(group) for group in groups.values()]


def copies(items: Sequence[Item]) -> list[Link]:
    """Return links between files of the very same bytes; reads all of them."""
    first: dict[str, Item] = {}
    return [(first.setdefault(sha256(item.path), item), item) for item in items]


def table(splitting: Splitting, shares: Mapping[str, float]) -> str:
    """What each split holds, in Markdown: files, people, and how many files of each method."""
    lines = [
        "| split | files | share | asked | people | forged | methods |",
        "|---|---|---|---|---|---|---|",
    ]
    for split, share in shares.items():
        inside = [item for item in splitting.items if item.split == split]
        methods: dict[str, int] = defaultdict(int)
        for item in inside:
            methods[item.method] += 1
        listed = ", ".join(f"{name} {count}" for name, count in sorted(methods.items()))
        people, forged = len(set(clusters(inside))), sum(item.is_fake for item in inside)
        lines.append(
            f"| {split} | {len(inside)} | {len(inside) / len(splitting.items):.3f} | {share:.3f} "
            f"| {people} | {forged} | {listed} |"
        )
    return "\n".join(lines) + "\n"


def note(splitting: Splitting) -> str:
    """How large the groups are, and what holding out brought along."""
    sizes = splitting.group_sizes
    lines = [
        f"{sum(sizes)} files in {len(sizes)} groups that are never parted; the largest holds {sizes[0]}."
    ]
    if splitting.forced:
        lines.append(f"{splitting.forced} files are in the last split because of what is held out.")
    return "\n".join(lines) + "\n"


def _check(items: Sequence[Item], shares: Mapping[str, float], held_out: Sequence[str]) -> None:
    if (
        len(shares) < 2
        or any(share <= 0 for share in shares.values())
        or not isclose(sum(shares.values()), 1)
    ):
        given = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise UsageError(f"There must be two shares or more, above 0 and with the sum 1, but got {given}.")
    forged = {item.method for item in items if item.is_fake}
    strange = [method for method in held_out if method not in forged]
    if strange:
        raise UsageError(f"There are no forgeries of {strange[0]}; there are {', '.join(sorted(forged))}.")


def _targets(shares: Mapping[str, float], last: str, *, total: int, forced: int) -> dict[str, float]:
    """How many of the files that are still free each split should get."""
    wanted = {split: share * total for split, share in shares.items()}
    wanted[last] -= forced
    if wanted[last] >= 0:
        return wanted
    rest = 1 - shares[last]
    return {split: share / rest * (total - forced) for split, share in shares.items() if split != last}


def _given_out(
    groups: Sequence[tuple[int, ...]],
    targets: Mapping[str, float],
    kind_of: Callable[[tuple[int, ...]], _Kind],
    seed: int,
) -> list[tuple[tuple[int, ...], str]]:
    """A split for each group.

    First nothing may go beyond a target; what fits nowhere then goes where most is missing, the largest first. So at
    the end nobody has more, or less, than the target by as much as the largest group.
    """
    generator = np.random.default_rng(seed)
    by_kind: dict[_Kind, list[tuple[int, ...]]] = defaultdict(list)
    for n in generator.permutation(len(groups)):
        by_kind[kind_of(groups[n])].append(groups[n])
    missing, total = dict(targets), sum(targets.values())
    given, left = [], []
    for alike in by_kind.values():
        got, seen = dict.fromkeys(targets, 0), 0
        for group in sorted(alike, key=len, reverse=True):
            seen += len(group)
            fitting = [split for split in targets if len(group) <= missing[split] + _ROUNDING]
            if not fitting:
                left.append(group)
                continue
            behind = {split: targets[split] / total * seen - got[split] for split in fitting}
            split = max(fitting, key=behind.__getitem__)
            got[split] += len(group)
            missing[split] -= len(group)
            given.append((group, split))
    for group in sorted(left, key=len, reverse=True):
        split = max(targets, key=missing.__getitem__)
        missing[split] -= len(group)
        given.append((group, split))
    return given


def _kind(items: Sequence[Item], group: tuple[int, ...]) -> _Kind:
    return frozenset((items[n].method, items[n].label) for n in group)
