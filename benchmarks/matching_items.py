"""The pictures and clips of a data folder that benchmarks/matching_copies.py chooses from.

The folder has a manifest.csv with the columns path, split, label, media, method, identity, pair.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image


@dataclass(frozen=True, slots=True)
class Item:
    """A picture or clip of the data: where it is, whom it shows, and what it is linked to."""

    path: Path
    method: str
    identity: str
    pair: str
    split: str = ""


def manifest(folder: Path) -> list[Item]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Item(folder / row["path"], row["method"], row["identity"] or row["path"], row["pair"], row["split"])
        for row in rows
        if row["label"] == "real" or row["method"] in ("stylegan2", "flux_lora")
    ]


def chosen(items: Sequence[Item], methods: Sequence[str], count: int, *, one_each: bool = True) -> list[Item]:
    """`count` items, turn by turn from each method, seeded; with `one_each` no person twice."""
    by_method = {method: [item for item in items if item.method == method] for method in methods}
    for method, group in by_method.items():
        random.Random(method).shuffle(group)
    kept: list[Item] = []
    people: set[str] = set()
    while len(kept) < count and any(by_method.values()):
        for group in by_method.values():
            while group and len(kept) < count:
                item = group.pop()
                if not one_each or item.identity not in people:
                    kept.append(item)
                    people.add(item.identity)
                    break
    return kept


def pixels(item: Item) -> Image.Image:
    with Image.open(item.path) as picture:
        return picture.convert("RGB")


def different(one: Item, other: Item) -> bool:
    """Whether two pictures are no versions of one: neither the same person nor linked as twins."""
    return one.identity != other.identity and not (one.pair and one.pair == other.pair)
