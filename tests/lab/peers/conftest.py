"""MesoNet weights of chance, in the layout of the authors' Keras files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PLAIN = {5: (3, 3, 3, 8), 6: (5, 5, 8, 8), 7: (5, 5, 8, 16), 8: (5, 5, 16, 16)}
INCEPTION = {
    1: (1, 1, 3, 1), 2: (1, 1, 3, 4), 3: (3, 3, 4, 4), 4: (1, 1, 3, 4), 5: (3, 3, 4, 4), 6: (1, 1, 3, 2),
    7: (3, 3, 2, 2), 8: (1, 1, 11, 2), 9: (1, 1, 11, 4), 10: (3, 3, 4, 4), 11: (1, 1, 11, 4),
    12: (3, 3, 4, 4), 13: (1, 1, 11, 2), 14: (3, 3, 2, 2), 15: (5, 5, 12, 16), 16: (5, 5, 16, 16),
}  # fmt: skip

Arrays = dict[str, dict[str, Any]]


@pytest.fixture
def random_weights() -> Callable[..., Arrays]:
    """A function that returns layer name to arrays, for ``plain`` or ``inception``."""

    def make(kind: str, seed: int = 0) -> Arrays:
        generator = np.random.default_rng(seed)
        shapes, norms = (PLAIN, (8, 8, 16, 16)) if kind == "plain" else (INCEPTION, (11, 12, 16, 16))
        layers: Arrays = {}
        for number, shape in shapes.items():
            spread = 1 / np.sqrt(np.prod(shape[:3]))
            layers[f"conv2d_{number}"] = {
                "kernel": generator.normal(0, spread, shape),
                "bias": generator.normal(0, 0.1, shape[3]),
            }
        for number, width in enumerate(norms, start=5):
            layers[f"batch_normalization_{number}"] = {
                "gamma": generator.uniform(0.5, 1.5, width),
                "beta": generator.normal(0, 0.1, width),
                "moving_mean": generator.normal(0, 0.1, width),
                "moving_variance": generator.uniform(0.2, 2.0, width),
            }
        for number, shape in ((9, (1024, 16)), (10, (16, 1))):
            layers[f"dense_{number}"] = {
                "kernel": generator.normal(0, 1 / np.sqrt(shape[0]), shape),
                "bias": generator.normal(0, 0.1, shape[1]),
            }
        return layers

    return make


@pytest.fixture
def save_weights() -> Callable[[Path, Arrays], Path]:
    """A function that writes such layers as Keras 2 did, with empty layers between them."""
    h5py = pytest.importorskip("h5py", reason="needs the extra [lab]")

    def save(path: Path, layers: Arrays) -> Path:
        with h5py.File(path, "w") as file:
            for name in ("dropout_3", "max_pooling2d_5"):
                file.create_group(name)
            for layer, arrays in layers.items():
                for name, values in arrays.items():
                    file[f"{layer}/{layer}/{name}:0"] = values.astype(np.float32)
        return path

    return save
