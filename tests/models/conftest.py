from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.models import registry


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's folder of models, not there yet; the process forgets which model it began with."""
    folder = tmp_path / "models"
    monkeypatch.setenv(registry.VARIABLE, str(folder))
    registry._in_use.cache_clear()
    yield folder
    registry._in_use.cache_clear()
