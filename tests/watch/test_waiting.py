"""What waits for a person, whatever stands in the list, until somebody has seen to it."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from facewarden.acting.lines import Lines
from facewarden.errors import StorageError, UsageError
from facewarden.watch.session import DATABASE, LIST
from facewarden.watch.waiting import LONGEST_NOTE, SEEN_TO, UNREADABLE, Entry, entries_of, place_of, see_to
from tests.cli.running import eventually
from tests.watch.desk import Desk
from tests.watch.standing import picture

KEY = "ab" * 32
OTHER = "cd" * 32
HOSTILE = [
    b"",
    b"{",
    b"null",
    b"[1, 2]",
    b'"held"',
    b"\xff\xfe\x00",
    b'{"kind": "held"}',
    b'{"kind": "held", "key": 7}',
    b'{"kind": "held", "key": "AB"}',
    b'{"kind": "held", "key": "' + b"AB" * 32 + b'"}',
    b'{"kind": ["held"], "key": "' + b"ef" * 32 + b'", "name": {"a": 1}, "people": "b", "performed": [3]}',
    b'{"kind": "held", "key": "' + b"99" * 32 + b'", "name": "\\ud800\\u001b[2J\\n"}',
    b"[" * 100_000,
    b'{"at": ' + b"9" * 5000 + b"}",
    b'{"kind": "held", "name": "' + b"x" * (3 << 20) + b'"}',
    b'{"kind": "seen_to", "id": "'
    + b"ab" * 32
    + b'", "lines": ["'
    + b"ab" * 32
    + b'"], "at": "", "actor": ""}',
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    lines = Lines(tmp_path / LIST)
    lines.append({"kind": "held", "key": KEY, "at": "1", "name": "a.jpg"})
    lines.append({"kind": "escalated", "key": KEY, "at": "1", "name": "a.jpg"})
    lines.append({"kind": "held", "key": OTHER, "at": "2", "name": "b.jpg"})
    return lines.path


def waiting(place: Path) -> list[Entry]:
    return [entry for entry in entries_of(place) if entry.waiting]


def test_lines_about_one_file_are_one_entry(place: Path) -> None:
    one, other = waiting(place)
    assert (one.id, one.kinds, [each["name"] for each in one.records]) == (
        KEY, ["held", "escalated"], ["a.jpg", "a.jpg"],
    )  # fmt: skip
    assert (other.id, other.kinds) == (OTHER, ["held"])


def test_what_was_seen_to_waits_no_more_and_the_list_stays(place: Path) -> None:
    before = place.read_bytes()
    clock = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    (done,) = see_to(place, ["ABAB"], actor="ann", note="a joke\nof a friend", clock=lambda: clock)
    assert done.id == KEY
    assert [entry.id for entry in waiting(place)] == [OTHER]
    (said,) = entries_of(place)[0].seen_to
    assert (said.actor, said.note, said.at) == (
        "ann", "a joke\nof a friend", "2026-11-26T12:00:00.000+00:00",
    )  # fmt: skip
    assert place.read_bytes() == before
    assert len(place.with_name(SEEN_TO).read_bytes().splitlines()) == 1


def test_a_line_that_comes_later_waits_again(place: Path) -> None:
    see_to(place, [KEY, OTHER], actor="ann")
    assert waiting(place) == []
    Lines(place).append({"kind": "failed", "key": KEY, "at": "1", "name": "a.jpg"})
    (entry,) = waiting(place)
    assert entry.kinds == ["held", "escalated", "failed"]
    assert len(entry.seen_to) == 1


def test_a_list_that_was_moved_away_keeps_what_was_seen_to(place: Path) -> None:
    see_to(place, [KEY], actor="ann")
    moved = place.rename(place.with_name(f"{LIST}.1"))
    Lines(place).append({"kind": "held", "key": "ef" * 32, "at": "3"})
    assert [entry.id for entry in waiting(moved)] == [OTHER]
    assert [entry.id for entry in waiting(place)] == ["ef" * 32]


def test_all_or_none_is_seen_to(place: Path) -> None:
    for names, why in (
        ([KEY, "1234"], "Nothing waits under '1234'"),
        (["ab"], "Nothing waits"),
        ([""], "Nothing waits"),
    ):
        with pytest.raises(UsageError, match=why):
            see_to(place, names, actor="ann")
    Lines(place).append({"kind": "held", "key": "abab" + "0" * 60})
    with pytest.raises(UsageError, match="2 entries begin with abab"):
        see_to(place, ["abab"], actor="ann")
    with pytest.raises(UsageError, match="at most"):
        see_to(place, [KEY], actor="ann", note="x" * (LONGEST_NOTE + 1))
    assert len(waiting(place)) == 3
    see_to(place, [KEY], actor="ann")
    with pytest.raises(UsageError, match="Nothing waits"):
        see_to(place, [KEY], actor="ann")


def test_hostile_lines_wait_until_somebody_saw_them_and_stay(place: Path) -> None:
    whole = place.read_bytes()
    place.write_bytes(b"\n".join(HOSTILE) + b"\n" + whole + b'{"kind": "held", "key": "half')
    before = place.read_bytes()
    entries = waiting(place)
    assert len(entries) == len(HOSTILE) + 2
    assert sum(UNREADABLE in entry.kinds for entry in entries) == len(HOSTILE) - 1
    see_to(place, [entry.id for entry in entries], actor="ann")
    assert waiting(place) == []
    assert place.read_bytes() == before


def test_hostile_lines_beside_the_list_hide_nothing(place: Path) -> None:
    place.with_name(SEEN_TO).write_bytes(b"\n".join(HOSTILE) + b"\n")
    assert [entry.id for entry in waiting(place)] == [KEY, OTHER]
    see_to(place, [OTHER], actor="ann")
    assert [entry.id for entry in waiting(place)] == [KEY]
    assert place.with_name(SEEN_TO).read_bytes().startswith(b"\n".join(HOSTILE))


def test_many_people_at_once(place: Path) -> None:
    keys = [f"{number:064x}" for number in range(1 << 60, (1 << 60) + 20)]
    for key in keys:
        Lines(place).append({"kind": "held", "key": key})
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda key: see_to(place, [key], actor="ann"), keys))
    assert [entry.id for entry in waiting(place)] == [KEY, OTHER]
    lines = place.with_name(SEEN_TO).read_text().splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == keys


def test_a_place_that_cannot_be_written_is_said(place: Path) -> None:
    place.with_name(SEEN_TO).symlink_to(place.with_name("elsewhere"))
    with pytest.raises(StorageError):
        see_to(place, [KEY], actor="ann")
    assert not place.with_name("elsewhere").exists()
    assert len(waiting(place)) == 2


def test_where_the_list_lies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No watch has left a list"):
        place_of(tmp_path)
    with pytest.raises(UsageError, match="No watch has left a list"):
        place_of(tmp_path / "other.jsonl")
    (tmp_path / DATABASE).touch()
    assert place_of(tmp_path) == tmp_path / LIST
    assert entries_of(tmp_path / LIST) == []
    (tmp_path / "other.jsonl").touch()
    assert place_of(tmp_path / "other.jsonl") == tmp_path / "other.jsonl"


def test_what_a_watch_listed_is_seen_to_while_it_watches(desk: Desk) -> None:
    desk.put("a.jpg", picture("weak"))
    desk.put("b.jpg", picture("likely", "anna"))
    with desk.watching():
        assert eventually(lambda: len(desk.journal()) >= 2)
        escalated, held = sorted(waiting(desk.state / LIST), key=lambda entry: entry.kinds)
        assert (escalated.kinds, held.kinds) == (["escalated"], ["held"])
        see_to(desk.state / LIST, [held.id], actor="ann")
        desk.put("c.jpg", picture("weak", "other"))
        assert eventually(lambda: len(desk.journal()) >= 3)
    assert [entry.kinds for entry in waiting(desk.state / LIST)] == [["escalated"], ["held"]]
