"""Wrong passphrase, lost key and tampering are told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import LostKeyError, StorageError, TamperedError, UsageError, WrongPassphraseError
from facewarden.sealed.canonical import canonical
from facewarden.sealed.key_file import (
    Cost,
    forget_in_ring,
    in_ring,
    open_key,
    put_in_ring,
    relock,
    wrap_again,
    wrap_new,
)
from facewarden.sealed.keys import MasterKey

KEY = MasterKey(bytes(range(32)))
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)


class Ring:
    """A key ring in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def put(self, name: str, secret: str) -> None:
        self.kept[name] = secret

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "key.json"
    wrap_new(target, KEY, "correct horse", cost=CHEAP)
    return target


def opened(path: Path, passphrase: str = "correct horse") -> MasterKey:
    return open_key(path, passphrase=lambda: passphrase)


def altered(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the body and renew the checksum, as somebody who knows the format would."""
    body = json.loads(path.read_bytes())["body"]
    change(body)
    checksum = hashlib.sha256(canonical(body)).hexdigest()
    path.write_bytes(canonical({"body": body, "checksum": checksum}) + b"\n")


def test_the_passphrase_opens_it_however_its_accents_are_composed(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    wrap_new(path, KEY, "caf\u00e9 noir", cost=CHEAP)
    assert opened(path, "cafe\u0301 noir") == KEY
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
    assert not in_ring(path)


def test_the_default_costs_64_mib(tmp_path: Path) -> None:
    wrap_new(tmp_path / "key.json", KEY, "correct horse")
    assert json.loads((tmp_path / "key.json").read_bytes())["body"]["kdf"]["memory_kib"] == 64 << 10
    assert opened(tmp_path / "key.json") == KEY


def test_a_wrong_passphrase(path: Path) -> None:
    with pytest.raises(WrongPassphraseError, match=r"does not open .*Try again"):
        opened(path, "Correct horse")


def test_a_lost_key(path: Path) -> None:
    path.unlink()
    with pytest.raises(LostKeyError, match=r"is gone\. Put it back from a backup"):
        opened(path)


@given(st.data())
def test_every_changed_byte_is_tampering(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("key") / "key.json"
    wrap_new(path, KEY, "correct horse", cost=CHEAP)
    content = bytearray(path.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(TamperedError, match="was altered or is damaged"):
        opened(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[" * 10_000, b'{"body":1,"checksum":1}\n'])
def test_what_is_no_key_is_tampering(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(TamperedError):
        opened(path)


def test_a_wrapped_key_altered_with_its_checksum_is_tampering(path: Path) -> None:
    def change(body: dict[str, Any]) -> None:
        body["wrapped"] = "00" + body["wrapped"][2:]

    altered(path, change)
    with pytest.raises(TamperedError):
        opened(path)


def test_salt_or_costs_altered_with_the_checksum_never_give_another_key(path: Path) -> None:
    altered(path, lambda body: body["kdf"].update(iterations=2))
    with pytest.raises(WrongPassphraseError):
        opened(path)


def test_a_file_that_asks_for_all_memory_is_refused(path: Path) -> None:
    altered(path, lambda body: body["kdf"].update(memory_kib=1 << 31))
    with pytest.raises(TamperedError):
        opened(path)


def test_another_passphrase_takes_the_place_of_the_first(path: Path) -> None:
    wrap_again(path, KEY, "battery staple", cost=CHEAP)
    assert opened(path, "battery staple") == KEY
    with pytest.raises(WrongPassphraseError):
        opened(path)


def test_a_key_that_is_there_stays(path: Path) -> None:
    with pytest.raises(UsageError, match="stays as it is"):
        wrap_new(path, MasterKey.new(), "something else", cost=CHEAP)
    assert opened(path) == KEY
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_is_said(tmp_path: Path, path: Path) -> None:
    with pytest.raises(UsageError, match="at least 8 characters"):
        wrap_new(tmp_path / "b.json", KEY, "short", cost=CHEAP)
    with pytest.raises(StorageError, match="Check that the folder is there"):
        wrap_new(tmp_path / "none" / "b.json", KEY, "long enough", cost=CHEAP)
    with pytest.raises(UsageError, match="give it"):
        open_key(path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        opened(tmp_path / "folder")


def test_a_key_in_the_ring(tmp_path: Path) -> None:
    path, ring = tmp_path / "key.json", Ring()
    put_in_ring(path, KEY, ring)
    assert in_ring(path)
    assert open_key(path, ring=ring) == KEY
    assert KEY.secret().hex() not in path.read_text()
    with pytest.raises(UsageError, match="allow its use"):
        open_key(path)
    (name,) = ring.kept
    ring.kept[name] = bytes(32).hex()
    with pytest.raises(TamperedError):
        open_key(path, ring=ring)
    ring.kept[name] = "nonsense"
    with pytest.raises(TamperedError):
        open_key(path, ring=ring)
    forget_in_ring(path, ring)
    with pytest.raises(LostKeyError, match="The key ring has no key"):
        open_key(path, ring=ring)


def test_a_file_that_cannot_be_written_leaves_nothing_in_the_ring(tmp_path: Path) -> None:
    ring = Ring()
    with pytest.raises(StorageError):
        put_in_ring(tmp_path / "none" / "key.json", KEY, ring)
    assert ring.kept == {}


def test_a_key_of_the_ring_gets_a_passphrase_and_leaves_the_ring(tmp_path: Path) -> None:
    path, ring = tmp_path / "key.json", Ring()
    put_in_ring(path, KEY, ring)
    relock(path, KEY, "correct horse", ring=ring, cost=CHEAP)
    assert not ring.kept
    assert open_key(path, passphrase=lambda: "correct horse") == KEY
    relock(path, KEY, "another one", ring=ring, cost=CHEAP)
    with pytest.raises(WrongPassphraseError):
        open_key(path, passphrase=lambda: "correct horse")
    with pytest.raises(UsageError, match="at least 8"):
        relock(path, KEY, "short", ring=ring)
    assert open_key(path, passphrase=lambda: "another one") == KEY
