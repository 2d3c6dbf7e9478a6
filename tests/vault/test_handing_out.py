"""Back to its place, to another one, or as a copy: never over somebody's file, never without a line in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import StorageError, TamperedError, UsageError
from facewarden.vault.cases import State
from facewarden.vault.vault import Vault
from facewarden.vault.verification import verify
from tests.vault.making import KEY


@pytest.fixture
def content(picture: Path) -> bytes:
    return picture.read_bytes()


@pytest.fixture
def number(opened: Vault, picture: Path, content: bytes) -> str:
    return opened.quarantine(picture, actor="ann", reason="forged").number


def actions(vault: Vault, number: str) -> list[str]:
    return [entry.content.action for entry in vault.case(number).entries]


def sound(vault: Vault) -> bool:
    return verify(vault._store.layout, KEY, clock=vault._store.clock) == ()


def test_a_file_comes_back_as_it_was(opened: Vault, picture: Path, content: bytes, home: Path) -> None:
    before = picture.stat()
    number = opened.quarantine(picture, actor="ann", reason="forged").number
    assert opened.restore(number, actor="bob", reason="mistake") == picture
    after = picture.stat()
    assert picture.read_bytes() == content
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert list(picture.parent.iterdir()) == [picture]
    assert opened.case(number).state is State.RESTORED
    assert not any(path.is_file() for path in (home / "objects").rglob("*"))
    assert actions(opened, number)[2:] == ["restore.begun", "restore.done"]
    assert opened.case(number).last.content.actor == "bob"
    with pytest.raises(UsageError, match="does not hold its file any more"):
        opened.restore(number, actor="bob", reason="again")
    assert sound(opened)


def test_it_comes_back_where_the_stub_was_deleted(opened: Vault, picture: Path, number: str) -> None:
    picture.unlink()
    opened.restore(number, actor="bob", reason="mistake")
    assert picture.read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_lies_in_its_place_stays(
    opened: Vault, picture: Path, number: str, kind: str, tmp_path: Path
) -> None:
    picture.unlink()
    match kind:
        case "file":
            picture.write_bytes(b"new")
        case "link":
            picture.symlink_to("nowhere")
        case _:
            picture.mkdir()
    with pytest.raises(UsageError, match=r"Something else lies at .*--to"):
        opened.restore(number, actor="bob", reason="mistake")
    assert opened.case(number).state is State.QUARANTINED
    assert list(picture.parent.iterdir()) == [picture]
    assert opened.restore(number, actor="bob", reason="mistake", to=tmp_path / "b.jpg") == tmp_path / "b.jpg"
    assert (tmp_path / "b.jpg").read_bytes().startswith(b"\xff\xd8")
    assert picture.exists() or picture.is_symlink()


def test_a_stub_that_was_changed_is_somebody_s_file(opened: Vault, picture: Path, number: str) -> None:
    picture.write_bytes(picture.read_bytes() + b" ")
    with pytest.raises(UsageError, match="Something else lies"):
        opened.restore(number, actor="bob", reason="mistake")


def test_elsewhere_the_stub_goes_as_well(opened: Vault, picture: Path, number: str, tmp_path: Path) -> None:
    opened.restore(number, actor="bob", reason="mistake", to=tmp_path / "b.jpg")
    assert not picture.exists()
    assert sound(opened)


def test_a_missing_folder_is_said_and_nothing_is_lost(opened: Vault, picture: Path, number: str) -> None:
    picture.unlink()
    picture.parent.rmdir()
    with pytest.raises(UsageError, match=r"The folder of .* is not there"):
        opened.restore(number, actor="bob", reason="mistake")
    picture.parent.mkdir()
    opened.restore(number, actor="bob", reason="mistake")
    assert picture.read_bytes().startswith(b"\xff\xd8")


def test_a_copy_goes_out_and_the_vault_keeps_the_file(
    opened: Vault, content: bytes, number: str, tmp_path: Path
) -> None:
    copy = opened.release(number, actor="bob", reason="police", to=tmp_path / "copy.jpg")
    assert copy.read_bytes() == content
    assert copy.stat().st_mode & 0o077 == 0
    assert opened.case(number).state is State.RELEASED
    assert opened.private(number)[-2]["reason"] == "police"
    with pytest.raises(UsageError, match="There is something at"):
        opened.release(number, actor="bob", reason="police", to=copy)
    opened.restore(number, actor="bob", reason="mistake")
    assert opened.case(number).state is State.RESTORED


def test_that_evidence_is_read_is_in_the_log_before_a_byte_is(opened: Vault, number: str, home: Path) -> None:
    chunks = opened.read(number, actor="bob", reason="to describe it")
    assert b'"action":"evidence.read","actor":"bob"' in (home / "custody.jsonl").read_bytes().splitlines()[-1]
    next(chunks)


def test_nothing_is_read_when_that_cannot_be_logged(
    opened: Vault, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("full")

    monkeypatch.setattr(type(opened._store.log), "append", full)
    for hand_out in (
        lambda: opened.read(number, actor="bob", reason="r"),
        lambda: opened.release(number, actor="bob", reason="r", to=tmp_path / "x"),
        lambda: opened.restore(number, actor="bob", reason="r", to=tmp_path / "x"),
        lambda: opened.package(
            number, actor="bob", reason="r", to=tmp_path / "x", versions={"facewarden": "1"}
        ),
    ):
        with pytest.raises(StorageError, match="full"):
            hand_out()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("position", [0, 50, -1])
def test_a_sealed_file_that_was_altered_is_not_handed_out(
    opened: Vault, number: str, home: Path, tmp_path: Path, picture: Path, position: int
) -> None:
    (sealed,) = [path for path in (home / "objects").rglob("*") if path.is_file()]
    data = bytearray(sealed.read_bytes())
    data[position] ^= 1
    sealed.write_bytes(data)
    with pytest.raises(TamperedError):
        opened.restore(number, actor="bob", reason="r")
    with pytest.raises(TamperedError):
        opened.release(number, actor="bob", reason="r", to=tmp_path / "x")
    with pytest.raises(TamperedError):
        opened.package(number, actor="bob", reason="r", to=tmp_path / "x", versions={"facewarden": "1"})
    assert opened.case(number).state is State.QUARANTINED
    assert b"facewarden.stub" in picture.read_bytes()
    assert list(picture.parent.iterdir()) == [picture]
    assert not (tmp_path / "x").exists()
    assert actions(opened, number)[2:] == [
        f"{what}.{how}" for what in ("restore", "release", "package") for how in ("begun", "undone")
    ]


def test_a_case_that_is_not_there(opened: Vault) -> None:
    with pytest.raises(UsageError, match="There is no case FW-2026-000009"):
        opened.restore("FW-2026-000009", actor="bob", reason="r")
