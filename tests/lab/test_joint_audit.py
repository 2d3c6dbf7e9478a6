from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.joint_audit import BACKGROUND_ONLY, FORMAT, audit, markdown
from facewarden.lab.looks import Look


def _look(background: dict[str, float]) -> Look:
    return Look(
        np.empty((0, 4), np.uint64), np.empty((0, 4), np.uint64), np.empty((0, 128), np.float32), background
    )


def _aucs(root: Path) -> dict[str, float]:
    return {row.detector: row.auc.value for row in audit(dataset.load(root).items, rounds=20)}


def test_bits_are_no_part_of_the_format(collection: Callable[..., Path]) -> None:
    found = _aucs(collection(pairs=30, softness=0.6))
    assert found["metadata, same set"] > 0.95
    assert found[FORMAT] == 0.5
    assert BACKGROUND_ONLY not in found


def test_another_size_tells_the_classes_apart(collection: Callable[..., Path]) -> None:
    root = collection(pairs=30, softness=0.0)
    for path in root.rglob("fake/*.jpg"):
        with Image.open(path) as picture:
            smaller = picture.resize((40, 40))
        smaller.save(path, quality=90)
    rows = audit(dataset.load(root).items, rounds=20)
    table = markdown(rows)
    assert {row.detector: row.auc.value for row in rows}[FORMAT] == 1
    assert "| size and codec, same set | 1.00 [" in table
    assert "| 60 of 60 | 30 people" in table
    assert "**tells the classes apart**" in table


def test_the_background_alone_is_asked_where_files_were_looked_at(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=30, softness=0.0)).items
    rng = np.random.default_rng(8)
    told = {item: _look({"background_r": float(item.is_fake) + rng.normal(0, 0.2)}) for item in items}
    untold = {item: _look({"background_r": rng.normal()}) for item in items}
    found = [
        next(r for r in audit(items, looks, rounds=20) if r.detector == BACKGROUND_ONLY)
        for looks in (told, untold)
    ]
    assert found[0].auc.value > 0.95
    assert found[0].caveat == "**tells the classes apart**"
    assert 0.25 < found[1].auc.value < 0.75


def test_where_there_is_no_background_it_abstains(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=30, softness=0.0)).items
    rng = np.random.default_rng(8)
    some = {item: _look({"background_r": rng.normal()} if n % 3 else {}) for n, item in enumerate(items)}
    one_class = {item: _look({"background_r": 1.0}) for item in items if item.is_fake}
    (row,) = [r for r in audit(items, some, rounds=20) if r.detector == BACKGROUND_ONLY]
    assert (row.abstained, row.fakes + row.reals) == (20, 60)
    (row,) = [r for r in audit(items, one_class, rounds=20) if r.detector == BACKGROUND_ONLY]
    assert row.abstained == 60
    assert not row.auc.known
    assert "| –" in markdown([row])


def test_without_both_classes_there_is_nothing_to_audit(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection()).items
    with pytest.raises(UsageError, match="no forgeries with genuine files"):
        audit([item for item in items if item.is_fake])
