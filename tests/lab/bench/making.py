"""Items, verdicts and contests for tests of the benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from facewarden.lab.bench.contest import Contest, Verdict
from facewarden.lab.dataset import Item


def item(
    number: int, label: Any, *, method: str = "", pair: str = "", media: Any = "photo", split: str = "dev"
) -> Item:
    name = method or {"fake": "swap", "real": "portraits"}[label]
    return Item(
        Path(f"{split}/{name}_{number}"), split, label, media, name, f"{split}{label}{number}", pair, "CC0"
    )


def twin_items(count: int, **more: Any) -> list[Item]:
    """Forgeries first, then their twins in the same order."""
    return [item(n, label, pair=f"pair{n}", **more) for label in ("fake", "real") for n in range(count)]


def contest(items: Sequence[Item], name: str = "swap") -> Contest:
    return Contest(name, ("portraits",), tuple(items), any(i.pair for i in items))


def verdicts(items: Sequence[Item], scores: Sequence[float | None]) -> dict[Item, Verdict]:
    return {i: Verdict("abstained" if s is None else "judged", s) for i, s in zip(items, scores, strict=True)}
