"""The PyTorch networks against a slow forward pass written from the paper in numpy, in Keras' own layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from facewarden.errors import ModelError

pytest.importorskip("torch", reason="needs the extra [lab]")
pytest.importorskip("h5py", reason="needs the extra [lab]")

from facewarden.lab.peers import mesonet

pytestmark = pytest.mark.lab

Maps = npt.NDArray[np.float64]


def convolve(x: Maps, layer: dict[str, Any], dilation: int = 1) -> Maps:
    """(H, W, C) through a 'same' convolution with (h, w, in, out) kernels, then a rectifier."""
    kernel = layer["kernel"]
    reach = dilation * (kernel.shape[0] // 2)
    padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)))
    height, width = x.shape[:2]
    total = np.zeros((height, width, kernel.shape[3])) + layer["bias"]
    for row in range(kernel.shape[0]):
        for column in range(kernel.shape[1]):
            y, x0 = row * dilation, column * dilation
            total += padded[y : y + height, x0 : x0 + width] @ kernel[row, column]
    return np.maximum(total, 0)


def normalise(x: Maps, layer: dict[str, Any]) -> Maps:
    return (
        layer["gamma"] * (x - layer["moving_mean"]) / np.sqrt(layer["moving_variance"] + 1e-3) + layer["beta"]
    )


def pool(x: Maps, size: int) -> Maps:
    height, width, channels = x.shape
    return x.reshape(height // size, size, width // size, size, channels).max((1, 3))


def inception(x: Maps, layers: Any, first: int) -> Maps:
    def layer(number: int) -> dict[str, Any]:
        return layers[f"conv2d_{first + number}"]

    branches = [convolve(x, layer(0))]
    for dilation in (1, 2, 3):
        point, wide = layer(2 * dilation - 1), layer(2 * dilation)
        branches.append(convolve(convolve(x, point), wide, dilation))
    return np.concatenate(branches, axis=2)


def forged_by_hand(face: npt.NDArray[np.uint8], layers: Any, kind: str) -> float:
    x = face / 255.0
    for stage, size in enumerate((2, 2, 2, 4)):
        if kind == "inception" and stage < 2:
            x = inception(x, layers, 1 + 7 * stage)
        else:
            x = convolve(x, layers[f"conv2d_{stage + (5 if kind == 'plain' else 13)}"])
        x = pool(normalise(x, layers[f"batch_normalization_{stage + 5}"]), size)
    hidden = x.reshape(-1) @ layers["dense_9"]["kernel"] + layers["dense_9"]["bias"]
    hidden = np.where(hidden > 0, hidden, 0.1 * hidden)
    logit = (hidden @ layers["dense_10"]["kernel"] + layers["dense_10"]["bias"])[0]
    return float(1 - 1 / (1 + np.exp(-logit)))


@pytest.mark.parametrize("kind", ["plain", "inception"])
def test_the_networks_compute_what_the_paper_says(
    tmp_path: Path, random_weights: Callable[..., Any], save_weights: Callable[..., Path], kind: str
) -> None:
    layers = random_weights(kind, seed=3)
    network = mesonet.load(save_weights(tmp_path / "weights.h5", layers))
    generator = np.random.default_rng(4)
    faces = [generator.integers(0, 256, (256, 256, 3), dtype=np.uint8), np.full((256, 256, 3), 40, np.uint8)]
    found = mesonet.forged_probability(network, faces)
    expected = [forged_by_hand(face, layers, kind) for face in faces]
    assert abs(expected[0] - expected[1]) > 1e-3
    assert found == pytest.approx(expected, abs=2e-6)


def test_the_networks_have_the_published_number_of_parameters() -> None:
    """27,977 and 28,615 in the paper."""
    counts = [
        sum(p.numel() for p in make().parameters()) for make in (mesonet.meso4, mesonet.meso_inception4)
    ]
    assert counts == [27_977, 28_615]


def test_layers_are_ordered_by_number_and_not_by_letter(
    tmp_path: Path, random_weights: Callable[..., Any], save_weights: Callable[..., Path]
) -> None:
    """conv2d_10 comes after conv2d_9: renumbering all layers changes nothing."""
    layers = random_weights("plain")
    moved = {
        f"{name.rsplit('_', 1)[0]}_{int(name.rsplit('_', 1)[1]) + 93}": arrays
        for name, arrays in layers.items()
    }
    face = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    one = mesonet.load(save_weights(tmp_path / "one.h5", layers))
    two = mesonet.load(save_weights(tmp_path / "two.h5", moved))
    assert mesonet.forged_probability(one, [face]) == mesonet.forged_probability(two, [face])


def test_what_is_no_mesonet_is_refused(
    tmp_path: Path, random_weights: Callable[..., Any], save_weights: Callable[..., Path]
) -> None:
    with pytest.raises(ModelError, match="missing"):
        mesonet.load(tmp_path / "nowhere.h5")
    layers = random_weights("plain")
    del layers["dense_9"]
    with pytest.raises(ModelError, match="does not hold"):
        mesonet.load(save_weights(tmp_path / "short.h5", layers))
    layers = random_weights("plain")
    layers["conv2d_6"]["kernel"] = np.zeros((3, 3, 8, 8))
    with pytest.raises(ModelError, match="must be"):
        mesonet.load(save_weights(tmp_path / "odd.h5", layers))


def test_faces_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="256, 256, 3"):
        mesonet.forged_probability(mesonet.meso4(), [np.zeros((128, 128, 3), np.uint8)])
