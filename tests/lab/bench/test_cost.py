from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.lab import dataset
from facewarden.lab.bench.cost import cost_rows
from facewarden.lab.bench.guest import load

SOURCE = """
import time
kept = []

def light(path):
    return 0.5

class Heavy:
    def predict(self, path):
        if not kept:
            kept.append(bytearray(b"x" * 200_000_000))
            time.sleep(0.3)
        time.sleep(0.05)
        return 0.5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guests.py"
    path.write_text(SOURCE, "utf-8")
    return path


def test_time_and_memory_are_those_of_one_detector_alone(file: Path, collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=4)).items
    (heavy,) = cost_rows(load(f"{file}:Heavy"), items, most=3, seed=0)
    (light,) = cost_rows(load(f"{file}:light"), items, most=3, seed=0)
    assert (heavy.media, heavy.files) == ("photo", 3)
    assert heavy.first_s >= 0.35
    assert 0.05 <= heavy.median_s < heavy.first_s
    assert light.median_s < heavy.median_s
    if heavy.peak_bytes is not None and light.peak_bytes is not None:
        assert heavy.peak_bytes - light.peak_bytes > 150_000_000


def test_figures_are_kept_with_the_scores(
    file: Path, collection: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = dataset.load(collection(pairs=4)).items
    measured = iter([(9.0, 1.0, 5), (8.0, 2.0, 6)])

    class Pool:
        def __init__(self, *_: object, **__: object) -> None: ...
        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, *_: object) -> Pool:
            return self

        def result(self) -> object:
            return next(measured)

    monkeypatch.setattr("facewarden.lab.bench.cost.workers", Pool)
    first = cost_rows(load(f"{file}:light"), items, most=3, seed=0, cache=tmp_path / "cache")
    assert first == cost_rows(load(f"{file}:light"), items, most=3, seed=0, cache=tmp_path / "cache")
    other = cost_rows(load(f"{file}:light"), items, most=2, seed=0, cache=tmp_path / "cache")
    assert (first[0].median_s, other[0].median_s) == (1.0, 2.0)
    assert str(tmp_path) not in (tmp_path / "cache" / "costs.jsonl").read_text("utf-8")
