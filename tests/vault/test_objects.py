from __future__ import annotations

import hashlib
import hmac
import io
from pathlib import Path

import pytest

from facewarden.errors import TamperedError
from facewarden.vault.objects import ObjectStore

KEY, ADDRESS_KEY = bytes(32), bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    (tmp_path / "objects").mkdir()
    (tmp_path / "incoming").mkdir()
    return ObjectStore(tmp_path / "objects", tmp_path / "incoming", key=KEY, address_key=ADDRESS_KEY)


def kept(store: ObjectStore, content: bytes) -> str:
    incoming = store.receive(io.BytesIO(content))
    store.keep(incoming)
    return incoming.address


def test_content_comes_back_from_an_address_that_tells_nothing(store: ObjectStore) -> None:
    content = bytes(3 << 20)
    address = kept(store, content)
    assert b"".join(store.read(address)) == content
    plain = hashlib.sha256(content)
    assert address == hmac.new(ADDRESS_KEY, plain.digest(), hashlib.sha256).hexdigest() != plain.hexdigest()
    assert address in store
    assert store.addresses() == {address}
    assert store.strangers() == []


def test_equal_contents_are_kept_once(store: ObjectStore) -> None:
    assert kept(store, b"a") == kept(store, b"a")
    assert len(store.addresses()) == 1


def test_another_file_under_an_address_is_found(store: ObjectStore) -> None:
    one, two = kept(store, b"one"), kept(store, b"two")
    store.path(one).write_bytes(store.path(two).read_bytes())
    with pytest.raises(TamperedError, match="is another one"):
        store.check(one)
    store.check(two)


def test_destroyed_is_gone_and_may_be_destroyed_again(store: ObjectStore) -> None:
    address = kept(store, b"a")
    store.destroy(address)
    store.destroy(address)
    assert address not in store
    with pytest.raises(TamperedError, match="cannot be read: No such file"):
        store.check(address)


def test_what_was_not_kept_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    store.drop(store.receive(io.BytesIO(b"a")))
    store.receive(io.BytesIO(b"b"))
    store.clear_incoming()
    assert list((tmp_path / "incoming").iterdir()) == []
    assert store.addresses() == set()


def test_strangers_are_seen(store: ObjectStore, tmp_path: Path) -> None:
    address = kept(store, b"a")
    for name in ("x", f"aa/{address}", "aa/link"):
        path = tmp_path / "objects" / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to("nowhere") if name.endswith("link") else path.write_bytes(b"")
    assert [str(path.relative_to(tmp_path / "objects")) for path in store.strangers()] == [
        f"aa/{address}",
        "aa/link",
        "x",
    ]
