from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.safeguards.consent import Consent
from facewarden.lab.safeguards.ledger import VARIABLE, Forgery, ledger_path, note

CONSENT = Consent(
    photo_sha256="ab" * 32,
    person="A volunteer",
    basis="consent",
    granted_by="A volunteer",
    granted_on=dt.date(2026, 1, 31),
    purpose="testing",
)
SWAP = Forgery("one_photo", {"core_px": 128, "seed": 0}, "cd" * 32, CONSENT, "LAB-out.jpg")


def test_a_line_for_each_event_and_no_one_else_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "log.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    note("begun", SWAP)
    note("made", SWAP, output_sha256="ef" * 32)
    note("begun", Forgery("self_blend", {}, "cd" * 32, None, "LAB-o.png"))
    begun, made, own = map(json.loads, path.read_text("utf-8").splitlines())
    assert (begun["event"], begun["output_sha256"]) == ("begun", None)
    assert (made["event"], made["output_sha256"]) == ("made", "ef" * 32)
    assert made["consent"] == {"person": "A volunteer", "basis": "consent"}
    assert made["source_sha256"] == CONSENT.photo_sha256
    assert made["parameters"] == {"core_px": 128, "seed": 0}
    assert own["consent"] is None
    assert dt.datetime.fromisoformat(made["time"]).tzinfo is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert ledger_path() == tmp_path / "facewarden" / "lab-forgeries.jsonl"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert ledger_path().is_relative_to(tmp_path / "home" / ".local" / "state")


def test_without_a_log_nothing_may_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(UsageError, match=r"cannot be written \(.*so none is made"):
        note("begun", SWAP)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/dev/full")
    with pytest.raises(UsageError, match="No space left on device"):
        note("begun", SWAP)
