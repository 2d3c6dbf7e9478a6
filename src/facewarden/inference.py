"""The one seam to the inference runtime.

OpenVINO reads both the third-party ``.tflite`` files and our ``.onnx`` files, so one runtime serves the whole
house. Measured on 2 cores against LiteRT + onnxruntime (medians, same run): face detector 2.2 against
3.8-7.0 ms, EfficientNet-Lite0 224 px 3.1 against 7.6 ms for one face and 45 against 82 ms for sixteen.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.errors import ModelError

FloatArray = npt.NDArray[np.float32]


LARGEST_BATCH = 4
"""What is longer is cut into parts: caches hold them, and one compilation serves nearly all."""
_PATIENCE = 6
"""Smaller batches are padded this often before a compilation of their own, which costs as much, is worth it."""


class Network:
    """A compiled network for CPU with fixed input shapes, compiled for a few sizes of batches only."""

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        """Read the model at `path` (.tflite or .onnx); `threads` 0 lets the runtime choose.

        Raises:
            ModelError: if the file is not a model that the runtime can read.
        """
        self._path = path
        self._threads = threads
        self._requests: dict[tuple[int, ...], Future[Any]] = {}
        self._padded: Counter[tuple[int, ...]] = Counter()
        try:
            self._model = _core().read_model(str(path))
        except RuntimeError as error:
            raise ModelError(f"{path.name} is not a readable model; reinstall facewarden.") from error

    def __call__(self, batch: FloatArray) -> list[FloatArray]:
        """Run on `batch` (N, ...) float32 and return every output, in the model's order, with N first."""
        parts = [self._run(batch[i : i + LARGEST_BATCH]) for i in range(0, len(batch), LARGEST_BATCH)]
        return (
            parts[0] if len(parts) == 1 else [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]
        )

    def prepare(self, shape: tuple[int, ...]) -> None:
        """Begin to compile for batches of `shape`, in the background: what comes first meanwhile costs no time."""
        if shape not in self._requests:
            with_one = ThreadPoolExecutor(1, thread_name_prefix="facewarden-compile")
            self._requests[shape] = with_one.submit(self._compile, shape)
            with_one.shutdown(wait=False)

    def _run(self, batch: FloatArray) -> list[FloatArray]:
        count, shape = len(batch), self._fitting(batch.shape)
        if shape not in self._requests:
            self._requests[shape] = Future()
            self._requests[shape].set_result(self._compile(shape))
        request = self._requests[shape].result()
        if shape[0] > count:
            batch = np.concatenate([batch, np.zeros((shape[0] - count, *shape[1:]), np.float32)])
        request.infer([batch])
        return [np.array(request.get_output_tensor(i).data[:count]) for i in range(len(self._model.outputs))]

    def _fitting(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape to run a batch in: its length rounded up to a power of two, or one compiled already."""
        rounded = (1 << (shape[0] - 1).bit_length(), *shape[1:])
        compiled = [known for known in self._requests if known[0] >= shape[0] and known[1:] == shape[1:]]
        if rounded in self._requests or not compiled:
            return rounded
        self._padded[rounded] += 1
        return min(compiled) if self._padded[rounded] <= _PATIENCE else rounded

    def _compile(self, shape: Sequence[int]) -> Any:
        model = self._model.clone()
        model.reshape(list(shape))
        # Not pinned: networks of one thread each would all be tied to the first core, and wait for each other.
        # In float32 everywhere: left alone, processors with bfloat16 say other numbers (.07 of a logit at the median).
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if self._threads:
            settings["INFERENCE_NUM_THREADS"] = self._threads
        return _core().compile_model(model, "CPU", settings).create_infer_request()


@cache
def _core() -> Any:
    with _no_telemetry():
        import openvino

    return openvino.Core()


@contextmanager
def _no_telemetry() -> Iterator[None]:
    """Keep OpenVINO from reporting its import to its makers over the network.

    Where the package openvino-telemetry cannot be imported it falls back to a stub, for good. A program that has
    imported OpenVINO before us has decided for itself.
    """
    hidden: Any = None  # The way to say that a module must not be imported; the types do not know it.
    before = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = hidden
    try:
        yield
    finally:
        del sys.modules[_TELEMETRY]
        if before is not None:
            sys.modules[_TELEMETRY] = before


_TELEMETRY = "openvino_telemetry"
