from __future__ import annotations

import contextlib
import os
import pty
import sys
import threading

import pytest

from facewarden.cli.steps import shown_steps


def work() -> None:
    with shown_steps() as hook:
        for step in ("training", "forging"):
            for part in range(101):
                hook(step, part / 100)


def test_elsewhere_each_tenth_of_each_step_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{step}: {10 * tenth} %" for step in ("training", "forging") for tenth in range(11)
    ]


class Terminal:
    """A terminal that is read all the time: one that nobody reads soon stops who writes."""

    def __init__(self) -> None:
        self._ours, theirs = pty.openpty()
        self.stream = os.fdopen(theirs, "w")
        self._seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # how a terminal says that the other side has left
            while chunk := os.read(self._ours, 1 << 16):
                self._seen += chunk

    def shown(self) -> str:
        self.stream.close()
        self._reader.join()
        os.close(self._ours)
        return self._seen.decode()


def shown_on_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    terminal = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal.stream)
        patch.setenv("TERM", name)
        patch.setenv("COLUMNS", "90")
        work()
    return terminal.shown()


def test_on_a_terminal_there_is_one_bar_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_on_terminal(monkeypatch, "xterm")
    assert "forging" in shown
    assert "━" in shown
    assert "10 %" not in shown
    assert shown.rstrip().endswith("\x1b[2K")


def test_a_terminal_that_cannot_draw_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "training: 10 %" in shown_on_terminal(monkeypatch, "dumb")
