"""Small made-up collections, so that the lab is tested without the research data."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.lab import dataset

Row = dict[str, str]
WriteManifest = Callable[[Path, Sequence[Row]], Path]


@pytest.fixture
def write_manifest() -> WriteManifest:
    """A function that writes a manifest; missing columns are filled with something valid."""

    def write(root: Path, rows: Sequence[Row]) -> Path:
        root.mkdir(parents=True, exist_ok=True)
        with (root / dataset.MANIFEST).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, dataset.COLUMNS)
            writer.writeheader()
            for number, row in enumerate(rows):
                defaults = {
                    "path": f"{number}.jpg",
                    "split": "dev",
                    "label": "real",
                    "media": "photo",
                    "method": "portraits",
                    "identity": f"person_{number}",
                    "pair": "",
                    "licence": "CC0",
                }
                writer.writerow(defaults | row)
        return root

    return write


@pytest.fixture
def noise_photo() -> Callable[..., Path]:
    """A function that writes a JPEG of noise: no two seeds alike; `softness` 0..1 takes detail away."""

    def write(path: Path, *, seed: int, softness: float = 0.0, size: int = 48) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).normal(128, 60 * (1 - softness) + 1, (size, size, 3))
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=90)
        return path

    return write


@pytest.fixture
def collection(
    tmp_path: Path, write_manifest: WriteManifest, noise_photo: Callable[..., Path]
) -> Callable[..., Path]:
    """A function that makes a data folder of twins: soft "swap" photos beside sharp "portraits"."""

    def make(name: str = "data", *, pairs: int = 12, split: str = "dev", softness: float = 0.5) -> Path:
        root = tmp_path / name
        rows: list[Row] = []
        for number in range(pairs):
            for label in ("real", "fake"):
                path = f"{split}/{label}/{number}.jpg"
                seed = 1000 * len(split) + 2 * number + (label == "fake")
                noise_photo(root / path, seed=seed, softness=softness if label == "fake" else 0.0)
                rows.append(
                    {
                        "path": path,
                        "split": split,
                        "label": label,
                        "method": "swap" if label == "fake" else "portraits",
                        "identity": f"{split}_{number}",
                        "pair": f"{split}_{number}",
                    }
                )
        return write_manifest(root, rows)

    return make
