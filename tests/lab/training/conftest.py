from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

for package in ("torch", "cv2", "scipy", "skimage", "matplotlib"):
    pytest.importorskip(package, reason=f"needs the extra [lab]: {package} is missing")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Where tests run side by side, threads that wait for each other take minutes."""
    import cv2
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores of the splits ``train`` (every source) and ``dev`` (two pairs of twins)."""
    from tests.lab.training.faces import some

    folder = tmp_path_factory.mktemp("stores")
    some(folder)
    return some(folder, "dfdc_crops", split="dev")


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network that is not joined: the first of those that ship."""
    pytest.importorskip("onnx", reason="needs the extra [lab]: onnx is missing")
    from facewarden.lab.training.export import export
    from facewarden.lab.training.exported import opened
    from facewarden.lab.training.files import save_tensors
    from facewarden.lab.training.network import ForgeryNet
    from facewarden.models import model_path

    folder = tmp_path_factory.mktemp("single")
    shipped = opened(model_path("frame_forgery.onnx")).state_dict()
    save_tensors(folder / "final.pt", {name: shipped[name] for name in ForgeryNet().state_dict()})
    return export(folder / "final.pt", folder / "frame_forgery.onnx", trained_on=[], notes={})
