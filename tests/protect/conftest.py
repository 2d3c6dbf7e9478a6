"""Networks that are loaded once for all tests of the room."""

from __future__ import annotations

import pytest

from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="session")
def encoder() -> IdentityEncoder:
    return IdentityEncoder()
