"""``facewarden waiting``: what it shows, what it is asked, and what its exit code says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.acting.lines import Lines
from facewarden.cli.main import run
from facewarden.protect.store import opened
from facewarden.watch.session import DATABASE, LIST
from facewarden.watch.waiting import SEEN_TO
from tests.protect.making import KEY as KEY_OF_PEOPLE
from tests.protect.making import PASSPHRASE, make
from tests.watch.test_waiting import HOSTILE

Command = Callable[..., tuple[int, str, str]]
KEY = "ab" * 32
NOTHING = (0, "", "Nothing waits for a person.\n")
HELD = {
    "kind": "held",
    "key": KEY,
    "at": "2026-11-26T12:00:00.000+00:00",
    "sha256": "0" * 64,
    "name": "/srv/chat/a\nb\x1b[2J.jpg",
    "level": "likely",
    "match": "confirmed",
    "reason": "",
    "people": ["Ann", "Bo"],
    "rules": ["copies", "forged"],
}
FAILED = {
    **HELD,
    "kind": "failed",
    "performed": [
        {"step": "hold", "ended": "done"},
        {"step": "webhook desk", "ended": "failed", "detail": "no answer"},
        {"step": "command page", "ended": "unknown"},
    ],
}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    state = tmp_path / "state"
    state.mkdir()
    (state / DATABASE).touch()
    monkeypatch.setenv("FACEWARDEN_STATE", str(state))
    monkeypatch.setenv("FACEWARDEN_ACTOR", "ann")
    return state


@pytest.fixture
def waiting(state: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden waiting ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["waiting", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


def test_an_entry_is_read_and_seen_to(waiting: Command, state: Path) -> None:
    assert waiting() == NOTHING
    assert waiting("--all") == (0, "", "Nothing stands on the list.\n")
    lines = Lines(state / LIST)
    lines.append(HELD)
    lines.append(FAILED)
    shown = (
        "abababababab  2026-11-26T12:00:00.000+00:00  held, failed: /srv/chat/a b\ufffd[2J.jpg\n"
        "  level likely; match confirmed; of Ann, Bo; rules copies, forged\n"
        "  could not be done: webhook desk (no answer)\n"
        "  could not be done: command page\n"
    )
    assert waiting() == waiting(state) == waiting(state / LIST) == (1, shown, "")
    assert waiting("--done", "abab", "--note", "told the school") == (0, "abababababab: seen to\n", "")
    assert waiting() == NOTHING
    code, out, _ = waiting("--all")
    at = json.loads((state / SEEN_TO).read_text())["at"]
    assert (code, out) == (0, f"{shown}  seen to {at} by ann: told the school\n")


def test_the_case_of_what_was_taken_into_the_vault_is_told(waiting: Command, state: Path) -> None:
    lines = Lines(state / LIST)
    lines.append({**HELD, "kind": "escalated", "case": "FW-2026-000001"})
    lines.append(FAILED)
    assert "; match confirmed; case FW-2026-000001; of Ann, Bo; " in waiting()[1]


def test_json(waiting: Command, state: Path) -> None:
    Lines(state / LIST).append(HELD)
    code, out, _ = waiting("--json")
    assert (code, json.loads(out)) == (
        1, {"id": KEY, "waiting": True, "kinds": ["held"], "lines": [HELD], "seen_to": []},
    )  # fmt: skip
    code, out, _ = waiting("--json", "--done", KEY, "--actor", "bo")
    assert (code, json.loads(out)) == (0, {"id": KEY, "waiting": False})
    assert waiting("--json") == NOTHING
    (said,) = json.loads(waiting("--json", "--all")[1])["seen_to"]
    assert (said["actor"], said["note"]) == ("bo", "")


def test_people_are_named_by_their_store_alone(
    waiting: Command, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    make(tmp_path / "people")
    with opened(tmp_path / "people", KEY_OF_PEOPLE) as store:
        ann, bo = (store.add(name, purpose="tests").id for name in ("Ann", "Bo"))
    Lines(state / LIST).append({**HELD, "people": [ann, bo, "Cem, of a former version"]})
    assert f"of person {ann[:12]}, person {bo[:12]}, Cem" in waiting()[1]
    words = ("--people", tmp_path / "people")
    assert "of Ann, Bo, Cem" in waiting(*words)[1]
    with opened(tmp_path / "people", KEY_OF_PEOPLE) as store:
        store.forget(store.find("Ann"))
    assert "of a person who was forgotten, Bo, Cem" in waiting(*words)[1]
    named = json.loads(waiting(*words, "--json")[1])["people"]
    assert (named[ann], named[bo]) == (None, "Bo")


def test_hostile_lines_are_shown_as_what_they_are(waiting: Command, state: Path) -> None:
    (state / LIST).write_bytes(b"\n".join(HOSTILE) + b"\n")
    code, out, err = waiting()
    entries = [line for line in out.splitlines() if not line.startswith("  ")]
    assert (code, len(entries), err) == (1, len(HOSTILE), "")
    assert max(map(len, out.splitlines())) < 500
    assert "\x1b" not in out
    code, out, _ = waiting("--json")
    ids = [json.loads(line)["id"] for line in out.splitlines()]
    assert (code, len(ids)) == (1, len(HOSTILE))
    assert waiting(*(word for each in ids for word in ("--done", each)))[0] == 0
    assert waiting() == NOTHING


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--note", "seen"], "are for --done"),
        (["--actor", "bo"], "are for --done"),
        (["--done", "abab", "--all"], "excludes --all and --people"),
        (["--done", "abab", "--people", "people"], "excludes --all and --people"),
        (["--people", "people"], "no store of people"),
        (["--done", "abab"], "Nothing waits under 'abab'"),
        (["none.jsonl"], "No watch has left a list"),
    ],
)
def test_what_cannot_be_is_said(waiting: Command, words: list[str], why: str) -> None:
    code, out, err = waiting(*words)
    assert (code, out) == (2, "")
    assert why in err
