"""The log of events: it grows, survives a torn line, and shows what was altered."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from facewarden.errors import TamperedError
from facewarden.protect.events import Event, EventLog


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    log = EventLog(tmp_path / "events", bytes(32), "a")
    for number in range(4):
        log.append(Event(at="now", action="matched", count=number))
    return log


def counts(log: EventLog) -> list[int | None]:
    return [event.count for event in log.read()]


def test_it_grows(log: EventLog) -> None:
    assert counts(log) == [0, 1, 2, 3]
    assert b"matched" not in log.path.read_bytes()
    assert list(EventLog(log.path.with_name("none"), bytes(32), "a").read()) == []


def test_a_torn_line_never_counted(log: EventLog) -> None:
    with log.path.open("ab") as file:
        file.write(b"half a li")
    assert counts(log) == [0, 1, 2, 3]
    log.append(Event(at="now", action="matched", count=9))
    assert counts(log) == [0, 1, 2, 3, 9]


def test_lines_that_are_changed_moved_or_missing(log: EventLog) -> None:
    lines = log.path.read_bytes().splitlines(keepends=True)
    for altered in (
        [lines[1], lines[0], *lines[2:]],
        lines[1:],
        [lines[0], *lines[2:]],
        [lines[0], b"A" + lines[1][1:] if lines[1][:1] != b"A" else b"B" + lines[1][1:], *lines[2:]],
        [b"\n", *lines],
    ):
        log.path.write_bytes(b"".join(altered))
        with pytest.raises(TamperedError, match=r"line \d was altered"):
            counts(log)


def test_a_whole_line_counts_even_if_its_end_was_lost(log: EventLog) -> None:
    log.path.write_bytes(log.path.read_bytes()[:-1])
    assert counts(log) == [0, 1, 2, 3]
    log.append(Event(at="now", action="matched", count=9))
    assert counts(log) == [0, 1, 2, 3, 9]


def test_an_end_that_is_altered_takes_no_event_away(log: EventLog) -> None:
    log.path.write_bytes(log.path.read_bytes()[:-1] + b"x")
    with pytest.raises(TamperedError, match="line 4 was altered"):
        counts(log)
    log.append(Event(at="now", action="matched", count=9))
    with pytest.raises(TamperedError, match="line 4 was altered"):
        counts(log)
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join([*lines[:3], lines[3].replace(b"x\n", b"\n"), lines[4]]))
    assert counts(log) == [0, 1, 2, 3, 9]


def test_a_line_has_one_spelling(log: EventLog) -> None:
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    *lines, last = log.path.read_bytes().splitlines(keepends=True)
    bare = last.rstrip(b"=\n")
    assert bare != last[:-1], "without padding no bit is idle"
    other = digits[digits.index(bare[-1:]) ^ 1 : (digits.index(bare[-1:]) ^ 1) + 1]
    altered = bare[:-1] + other + last[len(bare) :]
    assert base64.b64decode(altered) == base64.b64decode(last)
    log.path.write_bytes(b"".join([*lines, altered]))
    with pytest.raises(TamperedError, match="line 4 was altered"):
        counts(log)
