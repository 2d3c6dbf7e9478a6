from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

# Not imported here: most of these tests need neither PyTorch nor its seconds.
for package in ("torch", "cv2", "scipy", "skimage", "cryptography"):
    if find_spec(package) is None:
        pytest.skip(f"needs the extra [lab]: {package} is missing", allow_module_level=True)


@pytest.fixture(autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's folder for settings that is nobody's: keys of tests stay in tests."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores with two people in each split."""
    from tests.lab.training.faces import some

    folder = tmp_path_factory.mktemp("stores")
    some(folder)
    return some(folder, split="dev")
