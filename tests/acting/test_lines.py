"""A file that only grows, line by line."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from facewarden.acting.lines import Lines
from facewarden.acting.writing import written_once
from facewarden.errors import StorageError
from tests.acting.making import ledger


def test_lines_are_added_and_found_since_a_mark(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "l.jsonl")
    assert list(lines.since()) == []
    start = lines.mark()
    lines.append({"n": 1, "name": "\udcff\n"})
    middle = lines.mark()
    lines.append({"n": 2})
    assert list(lines.since(start)) == list(lines.since()) == [{"n": 1, "name": "\udcff\n"}, {"n": 2}]
    assert list(lines.since(middle)) == [{"n": 2}]
    assert (tmp_path / "l.jsonl").stat().st_mode & 0o777 == 0o600
    (tmp_path / "l.jsonl").rename(tmp_path / "l.jsonl.1")
    lines.append({"n": 3})
    assert list(lines.since(middle)) == [{"n": 3}]


def test_the_newest_lines_are_those_within_the_last_bytes(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "l.jsonl")
    assert list(lines.newest(100)) == []
    for n in range(3):
        lines.append({"n": n})
    assert list(lines.newest(16)) == list(lines.newest(23)) == [{"n": 1}, {"n": 2}]
    assert list(lines.newest(24)) == list(lines.newest(1000)) == [{"n": n} for n in range(3)]


@pytest.mark.parametrize("torn", [b'{"n":', b"x" * 10_000])
def test_half_a_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    lines = Lines(tmp_path / "l.jsonl")
    lines.append({"n": 1})
    with lines.path.open("ab") as file:
        file.write(torn)
    assert list(lines.since()) == [{"n": 1}]
    lines.append({"n": 2})
    assert lines.path.read_bytes() == b'{"n":1}\n{"n":2}\n'


def test_a_line_for_which_there_is_no_room_is_not_there_at_all(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "l.jsonl")
    lines.append({"n": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12, before[1]))
    try:
        with pytest.raises(StorageError, match="Make room"):
            lines.append({"n": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert lines.path.read_bytes() == b'{"n":1}\n'


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        Lines(tmp_path / "l.jsonl").append({})
    assert not os.path.lexists(tmp_path / "elsewhere")


def test_a_line_is_written_once_even_if_nobody_could_note_that_it_was(tmp_path: Path) -> None:
    lines, kept = Lines(tmp_path / "l.jsonl"), ledger()
    record = {"kind": "a", "key": "k"}
    assert written_once(kept, lines, record)
    assert not written_once(kept, lines, record)
    assert written_once(kept, lines, {"kind": "b", "key": "k"})
    # The process died between the line and the note of it.
    other = {"kind": "a", "key": "k2"}
    kept.begin("k2", "line a in l.jsonl", lines.mark())
    lines.append(other)
    assert not written_once(kept, lines, other)
    # Or before the line.
    kept.begin("k3", "line a in l.jsonl", lines.mark())
    assert written_once(kept, lines, {"kind": "a", "key": "k3"})
    assert len(list(lines.since())) == 4
