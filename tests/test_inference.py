from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facewarden.errors import ModelError
from facewarden.inference import LARGEST_BATCH, Network


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Two outputs: twice the input, and the sum over each row."""
    import openvino
    from openvino import opset13 as ops

    row = ops.parameter([-1, 3], np.float32, name="row")
    doubled = ops.multiply(row, np.float32(2))
    total = ops.reduce_sum(row, np.array([1]), keep_dims=False)
    openvino.save_model(openvino.Model([doubled, total], [row], "arithmetic"), tmp_path / "arithmetic.xml")
    return Network(tmp_path / "arithmetic.xml")


def rows(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.arange(3 * count, dtype=np.float32).reshape(count, 3)


def test_every_length_gives_every_row_its_own_answer(network: Network) -> None:
    for count in [1, 2, 3, 5, LARGEST_BATCH, 1, LARGEST_BATCH + 1, 3 * LARGEST_BATCH - 1, 2]:
        doubled, total = network(rows(count))
        np.testing.assert_array_equal(doubled, rows(count) * 2)
        np.testing.assert_array_equal(total, rows(count).sum(1))


def test_few_compilations_whatever_the_lengths(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []
    compile_ = network._compile

    def note(shape: tuple[int, ...]) -> Any:
        shapes.append(tuple(shape))
        return compile_(shape)

    monkeypatch.setattr(network, "_compile", note)
    network(rows(LARGEST_BATCH))
    for count in range(1, LARGEST_BATCH):
        network(rows(count))
    assert shapes == [(LARGEST_BATCH, 3)]
    for _ in range(20):
        for count in range(1, 40):
            network(rows(count))
    assert len(shapes) == len(set(shapes)) <= 5
    assert max(shape[0] for shape in shapes) == LARGEST_BATCH


def test_what_was_prepared_is_used(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network.prepare((LARGEST_BATCH, 3))
    network.prepare((LARGEST_BATCH, 3))

    def never(shape: tuple[int, ...]) -> Any:
        raise AssertionError(f"compiled again for {shape}")

    np.testing.assert_array_equal(network(rows(LARGEST_BATCH))[0], rows(LARGEST_BATCH) * 2)
    monkeypatch.setattr(network, "_compile", never)
    np.testing.assert_array_equal(network(rows(5))[0], rows(5) * 2)


def test_outputs_are_copies(network: Network) -> None:
    (first, _), (second, _) = network(rows(1)), network(rows(1) + 1)
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, rows(1) * 2)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"words")
    with pytest.raises(ModelError, match=r"broken\.onnx is not a readable model"):
        Network(path)


WATCHED = """
import sys
seen = []
def watch(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        seen.append(event)
sys.addaudithook(watch)
from facewarden.inference import Network
from facewarden.models import model_path
Network(model_path("frame_forgery.onnx"))
print(seen, [name for name in sys.modules if name.startswith("openvino_telemetry")])
"""


def test_loading_a_network_talks_to_nobody_and_starts_nothing() -> None:
    """The runtime would report its import to its makers; a person who checks a file must not be told on."""
    run = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] []"
