"""A vault and a desk with a picture on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.vault import vault
from tests.vault.making import KEY, Clock, make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Path:
    """The folder of a new vault."""
    return make(tmp_path / "vault", clock=clock)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "desk").mkdir()
    return tmp_path / "desk"


@pytest.fixture
def picture(desk: Path) -> Path:
    path = desk / "a.jpg"
    path.write_bytes(b"\xff\xd8 a picture of nobody " * 100)
    path.chmod(0o640)
    return path


@pytest.fixture
def opened(home: Path, clock: Clock) -> Iterator[vault.Vault]:
    with vault.opened(home, KEY, clock=clock) as found:
        yield found
