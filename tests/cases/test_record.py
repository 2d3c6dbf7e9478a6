"""A case as the vault knows it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import fabricated
from facewarden.cases.record import of_report, of_vault
from facewarden.errors import UsageError
from facewarden.vault import vault
from facewarden.vault.cases import State
from tests.vault.making import KEY, Clock, make


def test_it_is_told_without_reading_evidence(tmp_path: Path) -> None:
    clock = Clock()
    home = make(tmp_path / "vault", clock=clock)
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture")
    about = {"first_seen": "2026-02-28T10:00:00+09:00", "md5": "AB" * 16, "pdq": "no hash", "level": "likely"}
    with vault.opened(home, KEY, clock=clock) as opened:
        number = opened.quarantine(path, actor="ann", reason="forged", about=about).number
        opened.told(number, actor="bob", what="notice.police.ko.pdf", sha256="01" * 32)
        before = opened.head
        record = of_vault(opened, number)
        assert opened.head == before
        assert (record.number, record.state, record.file_name, record.reason) == (
            number,
            State.QUARANTINED,
            "a.jpg",
            "forged",
        )
        assert record.quarantined_at == clock.now
        assert record.first_seen == dt.datetime.fromisoformat("2026-02-28T10:00:00+09:00")
        assert (record.md5, record.pdq, record.size) == ("ab" * 16, None, 9)
        assert [deed.action for deed in record.custody] == [
            "quarantine.begun",
            "quarantine.done",
            "notice.made",
        ]
        assert [(made.actor, made.what, made.sha256) for made in record.notices] == [
            ("bob", "notice.police.ko.pdf", "01" * 32)
        ]
        opened.destroy(number, actor="ann", reason="old", confirmation=number)
        opened.told(number, actor="bob", what="page.en.html", sha256="02" * 32)
        assert of_vault(opened, number).state is State.DESTROYED
        assert len(of_vault(opened, number).notices) == 2
        with pytest.raises(UsageError, match="There is no case"):
            of_vault(opened, "FW-2026-999999")
    assert vault.faults_of(home, KEY, clock=clock) == ()


def test_what_a_watch_took_is_known_by_the_key_of_its_decision(tmp_path: Path) -> None:
    home = make(tmp_path / "vault")
    with vault.opened(home, KEY) as opened:
        for name, about in (("a.jpg", {"key": "ab" * 32}), ("b.jpg", {"level": "likely"})):
            (tmp_path / name).write_bytes(name.encode())
            number = opened.quarantine(tmp_path / name, actor="ann", reason="rules: all", about=about).number
            assert of_vault(opened, number).by_watch == (name == "a.jpg")


def test_a_report_alone_tells_little() -> None:
    record = of_report(fabricated.clip_report("en"))
    assert (record.number, record.state, record.held, record.custody) == (None, None, False, ())
    assert of_report(fabricated.failed_report("en")).size is None
