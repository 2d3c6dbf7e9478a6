"""Whatever is changed in a vault is found, and named."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError, UsageError
from facewarden.vault import vault
from tests.vault.making import KEY
from tests.vault.tampering import drawn, faults, files_of, filled, reports_of, unnoticed


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("template"))


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "vault")
    return tmp_path / "vault"


def told(home: Path) -> list[tuple[str, str]]:
    return [(fault.kind, fault.where) for fault in faults(home)]


def test_a_sound_vault_has_no_faults(home: Path) -> None:
    assert faults(home) == ()
    assert len(files_of(home)) == 11
    assert len(reports_of(home) & set(files_of(home))) == 2


@given(st.randoms(use_true_random=False))
def test_every_changed_byte_is_found(template: Path, chance: random.Random) -> None:
    files = [(path, path.stat().st_size) for path in files_of(template)]
    for choice in ([chance.choice(files)], files):
        path, position, change = drawn(chance, choice)
        assert not unnoticed(template, path, position, change), f"{path.name}, byte {position}"


def test_every_file_cut_short_or_gone_or_extended_is_found_and_named(home: Path) -> None:
    for path in files_of(home):
        where, sound = str(path.relative_to(home)), path.read_bytes()
        for content in (b"", sound[:-1], sound[: len(sound) // 2], None):
            path.unlink() if content is None else path.write_bytes(content)
            found = [fault for fault in faults(home) if fault.damage]
            assert found, where
            assert any(fault.where.startswith(where) for fault in found), (where, found)
        path.write_bytes(sound + b"\n")
        assert faults(home), where  # what follows the last entry of the log counts as unfinished
        path.write_bytes(sound)
    assert faults(home) == ()


def test_what_does_not_belong_there_is_found(home: Path) -> None:
    (sealed, *_) = [path for path in (home / "objects").rglob("*") if path.is_file()]
    for name in (
        "notes.txt",
        "objects/x",
        f"objects/aa/{'aa' * 32}",
        "receipts/FW-2026-000001.json",
        "incoming/x",
    ):
        path = home / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(sealed, path)
        assert told(home) == [("inserted", name)]
        path.unlink()
    (home / "incoming" / ".x.part").write_bytes(b"")
    assert told(home) == [("unfinished", "incoming/.x.part")]


def test_two_sealed_files_that_were_exchanged_are_found(home: Path) -> None:
    with vault.opened(home, KEY) as opened:
        held = [case for case in opened.cases() if case.state.held]
        one, two = [opened._store.objects.path(case.address) for case in held]
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    assert sorted(told(home)) == sorted(("changed", str(path.relative_to(home))) for path in (one, two))
    assert all("is another one" in fault.sentence for fault in faults(home))


def test_the_files_of_another_vault_do_not_fit(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = filled(tmp_path / "other")
    for name in ("vault.json", "signing.key", "public.pem", "head.json", "custody.jsonl"):
        sound = (home / name).read_bytes()
        shutil.copy(other / name, home / name)
        assert any(fault.damage for fault in faults(home)), name
        with pytest.raises(TamperedError), vault.opened(home, KEY):
            pass
        (home / name).write_bytes(sound)
    assert faults(home) == ()


def test_a_stub_that_went_is_a_note_and_no_damage(template: Path) -> None:
    stub = template.parent / "desk" / "0.jpg"
    content = stub.read_bytes()
    stub.unlink()
    (fault,) = faults(template)
    assert (fault.kind, fault.where, fault.damage) == ("note", "FW-2026-000001", False)
    stub.write_bytes(content)


def test_an_old_copy_is_told_by_a_stub_a_receipt_and_a_package(tmp_path: Path) -> None:
    home = filled(tmp_path)
    shutil.copytree(home, tmp_path / "old")
    said = {"actor": "ann", "reason": "r"}
    with vault.opened(home, KEY) as opened:
        opened.package("FW-2026-000001", **said, to=tmp_path / "p.zip", versions={"facewarden": "1"})
        receipt = opened.destroy("FW-2026-000002", **said, confirmation="FW-2026-000002")
        (tmp_path / "new.jpg").write_bytes(b"new")
        opened.quarantine(tmp_path / "new.jpg", **said)
    assert receipt is not None
    shutil.copy(receipt, tmp_path / "receipt.json")
    anchors = [tmp_path / name for name in ("p.zip", "receipt.json", "new.jpg")]
    assert vault.faults_of(home, KEY, anchors=[*anchors, home / "head.json"]) == ()
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "old", home)
    for anchor in anchors:
        assert [fault.kind for fault in vault.faults_of(home, KEY, anchors=[anchor])] == ["rolled_back"]


def test_what_is_no_anchor_is_said(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("x/data/custody/head.json", b"{}")
    (tmp_path / "b.json").write_bytes(b"{}")
    (tmp_path / "c").mkdir()
    for name in ("a.zip", "b.json", "c", "none"):
        with pytest.raises(UsageError):
            vault.faults_of(home, KEY, anchors=[tmp_path / name])


def test_a_report_that_is_changed_or_gone_is_named(home: Path) -> None:
    with vault.opened(home, KEY) as opened:
        case = next(case for case in opened.cases() if case.state.held)
        assert case.report is not None
        path = opened._store.objects.path(case.report)
    content = path.read_bytes()
    for kind, damaged in (("changed", content[:-1] + bytes([content[-1] ^ 1])), ("missing", None)):
        path.unlink() if damaged is None else path.write_bytes(damaged)
        (fault,) = faults(home)
        assert (fault.kind, fault.where) == (kind, str(path.relative_to(home)))
        assert fault.sentence.startswith(f"The report of case {case.number}: ")
        path.write_bytes(content)
    assert faults(home) == ()
