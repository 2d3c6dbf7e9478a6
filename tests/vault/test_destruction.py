"""Evidence is destroyed by people only, for a reason, with a receipt; by two where the vault asks for it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.sealed.signing import reader_of
from facewarden.vault import vault
from facewarden.vault.cases import State
from facewarden.vault.destruction import RECEIPT, write_receipts
from facewarden.vault.vault import Vault
from tests.vault.making import KEY, Clock, make


def take(opened: Vault, path: Path, content: bytes = b"evidence") -> str:
    path.write_bytes(content)
    return opened.quarantine(path, actor="ann", reason="forged").number


def objects(home: Path) -> list[Path]:
    return [path for path in (home / "objects").rglob("*") if path.is_file()]


def test_destroyed_is_gone_and_a_receipt_says_by_whom_and_why(opened: Vault, desk: Path, home: Path) -> None:
    number = take(opened, desk / "a")
    (sealed,) = objects(home)
    salt = sealed.read_bytes()[9:41]
    path = opened.destroy(number, actor="ann", reason="court order 7", confirmation=number)
    assert path == home / "receipts" / f"{number}.json"
    assert opened.case(number).state is State.DESTROYED
    assert objects(home) == []
    assert not any(salt in file.read_bytes() for file in home.rglob("*") if file.is_file())
    raw = bytes.fromhex(json.loads((home / "vault.json").read_bytes())["content"]["public_key"])
    receipt = reader_of(raw).opened(path.read_bytes()[:-1], RECEIPT)
    assert (receipt["by"], receipt["agreed"], receipt["reason"]) == ("ann", [], "court order 7")
    assert receipt["confirmed"] == "program"
    assert receipt["head"]["count"] == opened.head.count
    with pytest.raises(UsageError, match="was destroyed: the vault does not hold its file"):
        opened.restore(number, actor="ann", reason="r")


@pytest.mark.parametrize("confirmation", ["", "yes", "FW-2026-000002"])
def test_without_the_number_typed_or_a_reason_nothing_is_destroyed(
    opened: Vault, desk: Path, confirmation: str
) -> None:
    number = take(opened, desk / "a")
    with pytest.raises(UsageError, match="type its number as confirmation"):
        opened.destroy(number, actor="ann", reason="r", confirmation=confirmation)
    with pytest.raises(UsageError, match="for a reason only"):
        opened.destroy(number, actor="ann", reason=" ", confirmation=number)
    assert opened.case(number).state is State.QUARANTINED


def test_what_a_rule_started_destroys_nothing(
    opened: Vault, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, entries = take(opened, desk / "a"), opened.head.count
    monkeypatch.setenv("FACEWARDEN_ACTING", "1")
    with pytest.raises(UsageError, match="no rule may destroy evidence"):
        opened.destroy(number, actor="ann", reason="r", confirmation=number)
    assert (opened.case(number).state, opened.head.count) == (State.QUARANTINED, entries)


def test_two_people_have_to_agree(tmp_path: Path, desk: Path) -> None:
    home = make(tmp_path / "v", two_person=True)
    with vault.opened(home, KEY) as opened:
        assert opened.two_person
        number = take(opened, desk / "a")
        assert opened.destroy(number, actor="ann", reason="old", confirmation=number) is None
        assert opened.destroy(number, actor="ann", reason="really", confirmation=number) is None
        assert len(objects(home)) == 1
        opened.withdraw(number, actor="cat", reason="wait")
        with pytest.raises(UsageError, match="Nobody has agreed"):
            opened.withdraw(number, actor="cat", reason="wait")
        assert opened.destroy(number, actor="bob", reason="old", confirmation=number) is None
        path = opened.destroy(number, actor="ann", reason="old", confirmation=number)
        assert path is not None
        receipt = json.loads(path.read_bytes())["content"]
        assert (receipt["by"], receipt["agreed"]) == ("ann", ["bob"])
    assert vault.faults_of(home, KEY) == ()


def test_what_another_case_needs_is_kept(opened: Vault, desk: Path, home: Path) -> None:
    first, second = take(opened, desk / "a"), take(opened, desk / "b")
    path = opened.destroy(first, actor="ann", reason="r", confirmation=first)
    assert path is not None
    assert json.loads(path.read_bytes())["content"]["kept_for_others"] is True
    opened.restore(second, actor="ann", reason="mistake")
    assert (desk / "b").read_bytes() == b"evidence"


def test_a_day_makes_a_case_due_and_destroys_nothing(
    opened: Vault, desk: Path, clock: Clock, home: Path
) -> None:
    (desk / "a").write_bytes(b"evidence")
    day = clock.now.date() + dt.timedelta(days=30)
    number = opened.quarantine(desk / "a", actor="ann", reason="r", destroy_after=day).number
    other = take(opened, desk / "b", b"other")
    assert opened.due() == []
    clock.move(days=29)
    assert opened.due() == []
    clock.move(days=1)
    assert [case.number for case in opened.due()] == [number]
    assert len(objects(home)) == 2
    opened.keep_until(other, clock.now.date(), actor="ann", reason="r")
    opened.keep_until(number, None, actor="ann", reason="a trial goes on")
    assert [case.number for case in opened.due()] == [other]
    opened.destroy(other, actor="ann", reason="r", confirmation=other)
    assert opened.due() == []


def test_a_lost_receipt_is_written_again_as_it_was(opened: Vault, desk: Path, home: Path) -> None:
    number = take(opened, desk / "a")
    path = opened.destroy(number, actor="ann", reason="r", confirmation=number)
    assert path is not None
    content = path.read_bytes()
    path.unlink()
    write_receipts(opened._store)
    assert path.read_bytes() == content
