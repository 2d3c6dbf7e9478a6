from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

# Not imported here: most of these tests need neither PyTorch nor its seconds.
for package in ("torch", "cv2", "scipy", "skimage", "cryptography", "onnx"):
    if find_spec(package) is None:
        pytest.skip(f"needs the extra [lab]: {package} is missing", allow_module_level=True)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores of the splits ``train`` (every source) and ``dev`` (two kinds of forgery)."""
    from tests.lab.training.faces import some

    folder = tmp_path_factory.mktemp("stores")
    some(folder)
    return some(folder, "dfdc_crops", "stylegan2", "ffhq", split="dev")
