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
