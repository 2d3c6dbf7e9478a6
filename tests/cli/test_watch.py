"""``facewarden watch``: what it is asked, and what its exit code says."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.cli.main import run
from facewarden.cli.watch import asked_by_signals, default_state, exit_code
from facewarden.watch.session import Ran
from facewarden.watch.stopping import Stopped, Stopping
from facewarden.watch.tallies import Tallies
from tests.vault.making import PASSPHRASE, make

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEWARDEN_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("FACEWARDEN_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("FACEWARDEN_ACTOR", "ann")
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def watch(inbox: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden watch ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["watch", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--once"], "Name a folder"),
        (["{inbox}", "--once", "--fast", "--thorough"], "exclude each other"),
        (["{inbox}/none", "--once"], "is not there"),
        (["{inbox}", "--once", "--feed", "https://example.org/feed"], "--allow-host HOST"),
        (
            ["{inbox}", "--once", "--feed", "https://example.org/f", "--allow-host", "a.org"],
            "was not allowed",
        ),
        (["{inbox}", "--once", "--people", "{inbox}"], "no store of people"),
    ],
)
def test_what_cannot_be_is_said(watch: Command, inbox: Path, words: list[str], why: str) -> None:
    make(inbox.parent / "vault")
    code, out, err = watch(*(word.format(inbox=inbox) for word in words))
    assert (code, out) == (2, "")
    assert why in err


def test_rules_that_isolate_need_a_vault(watch: Command, inbox: Path) -> None:
    code, _, err = watch(inbox, "--once")
    assert code == 2
    assert "facewarden vault init" in err
    rules = inbox.parent / "rules.yaml"
    rules.write_text("version: 1\nrules: [{name: all, then: [note]}]")
    assert watch(inbox, "--once", "--policy", rules) == (0, "", "")


def test_files_are_named_as_they_are_seen_to(watch: Command, inbox: Path) -> None:
    (inbox / "a\x1b[2J.jpg").write_bytes(b"no picture")
    rules = inbox.parent / "rules.yaml"
    rules.write_text("version: 1\nrules: [{name: unread, when: {failed: true}, then: [hold]}]")
    words = (inbox, "--once", "--settle", "0.1", "--policy", rules)
    code, out, _ = watch(*words, "--dry-run")
    assert (code, out) == (1, f"{inbox}/a\ufffd[2J.jpg: inconclusive: hold (not done)\n")
    assert not (inbox.parent / "state").exists()
    code, out, _ = watch(*words, "--json", "--no-paths")
    line = json.loads(out)
    assert (code, line["kind"], line["failed"], line["performed"]) == (
        1, "judged", True, [{"step": "hold", "ended": "done"}],
    )  # fmt: skip
    journal = (inbox.parent / "state" / "journal.jsonl").read_text()
    assert json.loads(journal) == {**line, "name": None}
    assert watch(*words) == (0, "", "")


@pytest.mark.parametrize(
    ("tallies", "whole", "once", "signum", "code"),
    [
        (Tallies(judged=3), True, True, None, 0),
        (Tallies(judged=3, unjudged=1), True, True, None, 3),
        (Tallies(judged=3), False, True, None, 3),
        (Tallies(judged=3, unjudged=1, found=1), True, True, None, 1),
        (Tallies(judged=3, found=1, failed=1), True, True, None, 2),
        (Tallies(judged=3, aside=1), True, True, None, 2),
        (Tallies(judged=3), False, True, signal.SIGTERM, 143),
        (Tallies(judged=3, found=2, failed=1), False, False, signal.SIGTERM, 0),
    ],
)
def test_exit_codes(tallies: Tallies, whole: bool, once: bool, signum: int | None, code: int) -> None:
    assert exit_code(Ran(tallies, whole), once=once, signum=signum) == code


def test_a_signal_breaks_off_a_check_and_nothing_else() -> None:
    stopping = Stopping()
    before = signal.getsignal(signal.SIGTERM)
    with asked_by_signals(stopping) as asked:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.asked
        with pytest.raises(Stopped), stopping.breakable():
            pass
    assert asked == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is before
    stopping = Stopping()
    done = []

    def check() -> None:
        with stopping.breakable():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("further")

    with asked_by_signals(stopping), pytest.raises(Stopped):
        check()
    assert done == []
    stopping.wait(60)  # returns at once
    stopping.pause(60)


def test_where_the_state_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FACEWARDEN_STATE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state() == tmp_path / "facewarden" / "watch"
    monkeypatch.setenv("FACEWARDEN_STATE", str(tmp_path / "s"))
    assert default_state() == tmp_path / "s"
