"""The tables of docs/likeness.md, made of faces whose distances are known."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RADII = {"us_congress": 0.50, "taiwan_candidates": 0.30, "ffhq": 0.45}
"""Strangers of each set lie so far from their common middle, in directions of their own."""


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = importlib.import_module("protect_faces")
    monkeypatch.setattr(module, "DRAWS", 50)
    return module


def seen(measuring: ModuleType, method: str, person: str, source: str, embedding: np.ndarray) -> Any:
    return measuring.Seen(
        source=source, method=method, person=person, split="dev", embedding=embedding.tolist()
    )


def direction(chance: np.random.Generator) -> np.ndarray:
    found = chance.normal(size=128)
    return found / np.linalg.norm(found)


def test_each_set_of_strangers_has_its_own_distance(
    measuring: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = np.random.default_rng(0)
    strangers = [
        seen(measuring, method, f"{method}/{n}", f"{method}{n}", radius * direction(chance))
        for method, radius in RADII.items()
        for n in range(40)
    ]
    known = []
    for number in range(3):
        middle = direction(chance)
        for recording in range(2):
            # Two pictures of a person lie .5 apart.
            moved = middle + (-0.25, 0.25)[recording] * direction(np.random.default_rng(number))
            known.append(seen(measuring, "interviews", f"p{number}", f"p{number}{recording}", moved))
    measuring.print_by_set(known, strangers, np.random.default_rng(1))
    table = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("|")]

    # Strangers in random directions are about sqrt(2) radii apart; the nearest pairs somewhat less.
    stated = [float(cell.partition("(")[2].partition(")")[0]) for cell in table[0][5:]]
    for distance, radius in zip(stated, RADII.values(), strict=True):
        assert 0.9 * radius < distance < np.sqrt(2) * radius
    rows = {row[0]: row for row in table[2:]}
    assert rows["| `interviews`"][1:5] == ["another recording", "1", "3", "3"]
    rates = [float(cell.split(" ")[0]) for cell in rows["| `interviews`"][5:]]
    assert rates == [1.0, 0.0, 1.0]
    assert rates == [float(distance >= 0.5) for distance in stated]
