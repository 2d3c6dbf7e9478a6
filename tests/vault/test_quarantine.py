"""A file is taken whole, or stays where it is."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from facewarden.errors import StorageError, TamperedError, UsageError
from facewarden.vault import quarantine as module
from facewarden.vault.cases import State
from facewarden.vault.objects import ObjectStore
from facewarden.vault.vault import Vault
from facewarden.vault.verification import verify
from tests.vault.making import KEY, Clock


def take(vault: Vault, path: Path, **options: object) -> str:
    return vault.quarantine(path, actor="ann", reason="forged", **options).number  # type: ignore[arg-type]


def test_the_file_goes_and_a_stub_stays(opened: Vault, picture: Path, home: Path) -> None:
    content = picture.read_bytes()
    case = opened.quarantine(picture, actor="ann", reason="forged", about={"level": "likely"})
    assert (case.number, case.state, case.stub) == ("FW-2026-000001", State.QUARANTINED, True)
    assert list(picture.parent.iterdir()) == [picture]
    stub = json.loads(picture.read_bytes())["content"]
    assert stub["case"] == case.number
    assert set(stub) == {"at", "case", "head", "kind", "note"}
    facts = opened.facts(case.number)
    assert (facts.place, facts.size, facts.mode) == (str(picture), len(content), 0o640)
    assert (facts.reason, facts.about) == ("forged", {"level": "likely"})
    assert b"".join(opened.read(case.number, actor="ann", reason="look")) == content


def test_nothing_of_the_file_or_its_name_is_in_the_vault_in_clear(
    opened: Vault, desk: Path, home: Path
) -> None:
    path = desk / "unmistakable-name.jpg"
    path.write_bytes(b"unmistakable content " * 100)
    take(opened, path)
    for file in home.rglob("*"):
        if file.is_file():
            assert b"unmistakable" not in file.read_bytes(), file
            assert "unmistakable" not in file.name
    assert b"unmistakable" not in path.read_bytes()


def test_numbers_go_on_and_begin_anew_each_year(opened: Vault, desk: Path, clock: Clock) -> None:
    numbers = []
    for year in (2026, 2026, 2027):
        clock.now = clock.now.replace(year=year)
        path = desk / f"{len(numbers)}.jpg"
        path.write_bytes(bytes([len(numbers)]))
        numbers.append(take(opened, path))
    assert numbers == ["FW-2026-000001", "FW-2026-000002", "FW-2027-000001"]


def test_equal_files_share_an_object_and_each_has_its_case(opened: Vault, desk: Path, home: Path) -> None:
    for name in "ab":
        (desk / name).write_bytes(b"the same")
    numbers = [take(opened, desk / name) for name in "ab"]
    assert len(set(numbers)) == 2
    assert sum(path.is_file() for path in (home / "objects").rglob("*")) == 1
    opened.restore(numbers[0], actor="ann", reason="mistake")
    assert (desk / "a").read_bytes() == b"the same"
    opened.restore(numbers[1], actor="ann", reason="mistake")
    assert (desk / "b").read_bytes() == b"the same"
    assert not any(path.is_file() for path in (home / "objects").rglob("*"))


def test_an_empty_file_and_a_name_of_strange_bytes(opened: Vault, desk: Path, home: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(desk) + b"/\xff\xfe \n.jpg"))
    path.write_bytes(b"")
    number = take(opened, path)
    assert opened.facts(number).place.startswith("bytes:")
    assert opened.restore(number, actor="ann", reason="mistake") == path
    assert path.read_bytes() == b""


def test_what_is_no_file_of_its_own_is_refused(opened: Vault, desk: Path, picture: Path, home: Path) -> None:
    (desk / "link").symlink_to(picture)
    os.mkfifo(desk / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(desk / "socket"))
    (desk / "twice").write_bytes(b"x")
    os.link(desk / "twice", desk / "again")
    for name, why in [
        ("link", "is a symbolic link. Name the file that it leads to"),
        (".", "is a folder"),
        ("pipe", "is no regular file"),
        ("socket", "is no regular file"),
        ("twice", r"has 2 names \(hard links\)"),
        ("none", "No such file or directory"),
        ("none/a", "The folder of .* is not there"),
        ("a\0b", "cannot be read"),
    ]:
        with pytest.raises(UsageError, match=why):
            take(opened, desk / name)
    for path in (home / "head.json", home / "objects", picture / "x"):
        with pytest.raises(UsageError):
            take(opened, path)
    assert opened.cases() == []
    assert len(list(desk.iterdir())) == 6


def test_a_link_among_its_folders_is_followed(
    opened: Vault, desk: Path, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "short").symlink_to(desk)
    number = take(opened, tmp_path / "short" / "a.jpg")
    assert opened.facts(number).place == str(picture)


def test_a_stub_is_not_taken(opened: Vault, picture: Path) -> None:
    number = take(opened, picture)
    with pytest.raises(UsageError, match=f"is the stub of case {number} already"):
        take(opened, picture)


def test_a_file_that_is_written_to_while_it_is_read_stays(
    opened: Vault, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = ObjectStore.receive

    def slow(self: ObjectStore, source: object) -> object:
        received = receive(self, source)  # type: ignore[arg-type]
        with picture.open("ab") as file:
            file.write(b"more")
        return received

    monkeypatch.setattr(ObjectStore, "receive", slow)
    with pytest.raises(UsageError, match="written to while it was taken"):
        take(opened, picture)
    assert picture.read_bytes().endswith(b"more")
    assert opened.cases() == []


@pytest.mark.parametrize("same_times", [True, False])
def test_a_file_that_is_written_to_when_it_was_set_aside_is_put_back(
    opened: Vault, picture: Path, home: Path, monkeypatch: pytest.MonkeyPatch, same_times: bool
) -> None:
    set_aside = module._set_aside

    def slow(source: object, aside: Path) -> None:
        set_aside(source, aside)  # type: ignore[arg-type]
        found = aside.stat()
        with aside.open("r+b") as file:
            file.write(b"XX")
        if same_times:
            os.utime(aside, ns=(found.st_atime_ns, found.st_mtime_ns))

    monkeypatch.setattr(module, "_set_aside", slow)
    with pytest.raises(UsageError, match="written to while it was taken"):
        take(opened, picture)
    assert picture.read_bytes().startswith(b"XX")
    assert list(picture.parent.iterdir()) == [picture]
    assert opened.cases() == []
    assert not any(path.is_file() for path in (home / "objects").rglob("*"))


def test_a_file_that_is_replaced_meanwhile_stays(
    opened: Vault, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = ObjectStore.keep

    def slow(self: ObjectStore, incoming: object) -> None:
        keep(self, incoming)  # type: ignore[arg-type]
        picture.unlink()
        picture.write_bytes(b"another file")

    monkeypatch.setattr(ObjectStore, "keep", slow)
    with pytest.raises(UsageError, match="was replaced while it was taken"):
        take(opened, picture)
    assert picture.read_bytes() == b"another file"


def test_somebody_s_new_file_in_its_place_is_not_overwritten(
    opened: Vault, picture: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    content, set_aside = picture.read_bytes(), module._set_aside

    def slow(source: object, aside: Path) -> None:
        set_aside(source, aside)  # type: ignore[arg-type]
        picture.write_bytes(b"a new file")

    monkeypatch.setattr(module, "_set_aside", slow)
    case = opened.quarantine(picture, actor="ann", reason="forged")
    assert picture.read_bytes() == b"a new file"
    assert not case.stub
    assert b"".join(opened.read(case.number, actor="ann", reason="look")) == content
    assert list(picture.parent.iterdir()) == [picture]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_keeps_its_file(opened: Vault, picture: Path) -> None:
    picture.parent.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="Allow this user"):
            take(opened, picture)
    finally:
        picture.parent.chmod(0o700)
    assert list(picture.parent.iterdir()) == [picture]
    assert opened.cases() == []


def test_a_read_only_place_keeps_its_file(
    opened: Vault, picture: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, rename = picture.read_bytes(), os.rename

    def read_only(source: Path, target: Path) -> None:
        if Path(source) == picture:
            raise OSError(30, os.strerror(30))
        rename(source, target)

    monkeypatch.setattr(os, "rename", read_only)
    with pytest.raises(StorageError, match=r"Read-only file system\. Make the place writable"):
        take(opened, picture)
    assert picture.read_bytes() == content
    assert list(picture.parent.iterdir()) == [picture]
    assert opened.cases() == []


def test_the_vault_is_sound_after_all_that(home: Path, opened: Vault, picture: Path) -> None:
    take(opened, picture)
    store = opened._store
    assert verify(store.layout, KEY, clock=store.clock) == ()


def test_a_report_is_kept_for_as_long_as_the_file_is(opened: Vault, desk: Path, home: Path) -> None:
    numbers = []
    for name in "ab":
        (desk / name).write_bytes(b"the same content")
        numbers.append(take(opened, desk / name, report=b'{"level": "likely"}'))
    details = opened.case(numbers[0]).begun.content.details
    assert details["report"] == opened.case(numbers[1]).report
    assert opened.report(numbers[0]) == b'{"level": "likely"}'
    for file in home.rglob("*"):
        assert not file.is_file() or b"likely" not in file.read_bytes(), file
    # Equal reports are stored once, like equal files; the last case takes them with it.
    assert opened._store.objects.addresses() == set(opened.case(numbers[0]).addresses)
    opened.restore(numbers[0], actor="ann", reason="r")
    assert opened.report(numbers[1]) == b'{"level": "likely"}'
    opened.destroy(numbers[1], actor="ann", reason="r", confirmation=numbers[1])
    assert opened._store.objects.addresses() == set()
    (desk / "c").write_bytes(b"without")
    assert opened.report(take(opened, desk / "c")) is None


def test_a_file_whose_report_cannot_be_kept_stays(
    opened: Vault, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, really = picture.read_bytes(), ObjectStore.check

    def check(store: ObjectStore, address: str) -> None:
        if b"".join(store.read(address)) == b"{}":
            raise TamperedError("the disk lost it")
        really(store, address)

    monkeypatch.setattr(ObjectStore, "check", check)
    with pytest.raises(UsageError, match="what was sealed could not be read back"):
        take(opened, picture, report=b"{}")
    assert picture.read_bytes() == content
    assert opened._store.objects.addresses() == set()
