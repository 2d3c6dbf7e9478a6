"""Sealed objects under random names."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import StorageError, TamperedError
from facewarden.protect.cabinet import Cabinet


@pytest.fixture
def cabinet(tmp_path: Path) -> Cabinet:
    return Cabinet(tmp_path, bytes(32), store="a")


def test_what_was_put_is_got(cabinet: Cabinet) -> None:
    one = cabinet.put([b"one", b" and more"])
    many = cabinet.put_many([b"two", b"", b"three"])
    assert cabinet.get(one) == b"one and more"
    assert [cabinet.get(name) for name in many] == [b"two", b"", b"three"]
    assert cabinet.names() == {one, *many}
    assert len(cabinet.names()) == 4
    with pytest.raises(KeyError):
        cabinet.get("0" * 32)


def test_an_object_fits_its_name_and_its_store_only(cabinet: Cabinet, tmp_path: Path) -> None:
    one, other = cabinet.put_many([b"one", b"other"])
    (tmp_path / one).replace(tmp_path / other)
    with pytest.raises(TamperedError, match=other):
        cabinet.get(other)
    elsewhere = Cabinet(tmp_path, bytes(32), store="b")
    with pytest.raises(TamperedError):
        elsewhere.get(other)


def test_many_or_none(cabinet: Cabinet, tmp_path: Path) -> None:
    def broken() -> object:
        yield b"one"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="Make room"):
        cabinet.put_many(broken())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_many_or_none_also_while_they_are_named(
    cabinet: Cabinet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, named = Path.replace, []

    def failing(path: Path, target: Path) -> Path:
        named.append(target)
        if len(named) > 1:
            raise OSError(5, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(StorageError):
        cabinet.put_many([b"one", b"two", b"three"])
    assert list(tmp_path.iterdir()) == []


def test_sweeping_leaves_what_counts_and_what_is_not_ours(cabinet: Cabinet, tmp_path: Path) -> None:
    kept, lost = cabinet.put_many([b"kept", b"lost"])
    (tmp_path / f".{'0' * 32}.part").write_bytes(b"half")
    (tmp_path / "readme.txt").write_text("somebody's own")
    cabinet.sweep({kept})
    assert {path.name for path in tmp_path.iterdir()} == {kept, "readme.txt"}
    with pytest.raises(KeyError):
        cabinet.get(lost)
