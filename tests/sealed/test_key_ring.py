"""The system's key ring, through the real library with a ring in memory or none."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from facewarden.errors import UsageError
from facewarden.sealed.key_ring import SystemKeyRing


class InMemory(keyring.backend.KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def backend() -> Iterator[InMemory]:
    before, ring = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_a_secret_is_kept_and_forgotten(backend: InMemory) -> None:
    ring = SystemKeyRing()
    assert ring.get("a") is None
    ring.put("a", "secret")
    assert ring.get("a") == "secret"
    assert backend.kept == {("facewarden", "a"): "secret"}
    ring.forget("a")
    ring.forget("a")
    assert backend.kept == {}


def test_no_key_ring_is_said(backend: InMemory) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    for ask in (lambda ring: ring.get("a"), lambda ring: ring.put("a", "b"), lambda ring: ring.forget("a")):
        with pytest.raises(UsageError, match=r"cannot be used: .*or use a passphrase") as said:
            ask(SystemKeyRing())
        assert said.value.reason == "no_key_ring"


def test_an_absent_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UsageError, match=r"pip install 'facewarden\[keyring\]'"):
        SystemKeyRing().get("a")
