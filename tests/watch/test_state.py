"""What a watch remembers."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import StorageError
from facewarden.watch.item import Stage, mark_of_address
from facewarden.watch.state import PATIENCE_S, State, opened
from facewarden.watch.subjects import of_content, of_material, of_person


@pytest.fixture
def state() -> Iterator[State]:
    with opened(None) as found:
        yield found


def test_a_file_is_news_once_and_again_when_it_is_written_to(state: State) -> None:
    assert state.offer("m1", "/a", "s", now_s=0, due_s=2)
    assert not state.offer("m1", "/a", "s", now_s=1, due_s=3)
    assert state.next(1.9) is None
    assert state.offer("m2", "/a", "s", now_s=1, due_s=3)
    assert state.waiting() == 1
    assert state.next(2.5) is None
    item = state.next(3)
    assert item is not None
    assert (item.mark, item.place, item.stage) == ("m2", "/a", Stage.WAITING)
    state.decided(item, origin="1:1", sha256="ab", matter="{}")
    assert state.waiting() == 1
    state.close(item)
    assert state.waiting() == 0
    assert state.known_content("1:1", "ab")
    assert not state.known_content("1:2", "ab")
    assert not state.offer("m2", "/b", "s", now_s=4, due_s=4)


def test_a_waiting_file_is_found_under_its_new_name(state: State) -> None:
    state.offer("m1", "/a", "s", now_s=0, due_s=0)
    state.offer("m2", "/b", "s", now_s=0, due_s=1)
    assert not state.offer("m1", "/b", "t", now_s=1, due_s=1)  # it took the place of the other one
    item = state.next(5)
    assert item is not None
    assert (item.mark, item.place, item.source) == ("m1", "/b", "t")
    assert state.waiting() == 1


def test_a_file_that_never_rests_is_looked_at_all_the_same(state: State) -> None:
    for n in range(700):
        # Written to and renamed, again and again, by somebody who does not want it to be looked at.
        state.offer(f"m{n}", f"/{n}", "s", now_s=n, due_s=n + 2, origin="1:1")
        item = state.next(n)
        if item is not None:
            break
    assert item is not None
    assert (n, item.restless, item.place) == (PATIENCE_S, True, f"/{n}")
    assert state.waiting() == 1


def test_what_is_at_work_is_not_lost_when_something_comes_to_its_place(state: State) -> None:
    state.offer("m1", "/a", "s", now_s=0, due_s=0)
    item = state.next(0)
    assert item is not None
    state.claim(item)
    state.decided(item, origin="1:1", sha256="ab", matter="{}")
    assert not state.offer("m2", "/a", "s", now_s=1, due_s=1)
    state.close(item)
    assert state.offer("m2", "/a", "s", now_s=1, due_s=1)


def test_what_was_decided_goes_first_and_a_clock_that_was_set_back_holds_nothing_up(state: State) -> None:
    for n in range(3):
        state.offer(f"m{n}", f"/{n}", "s", now_s=1e9, due_s=1e9 + n)
    last = state.next(1e9 + 2)
    assert last is not None
    state.decided(last, origin="1:1", sha256="ab", matter="{}")
    state.postpone(last, due_s=1e9 + 1)
    first = state.next(1e9 + 2)
    assert first is not None
    assert (first.number, first.stage, first.tries) == (last.number, Stage.DECIDED, 1)
    assert state.next(1e6) is not None


def test_sightings_are_counted_once_for_each_item(state: State) -> None:
    for n in range(4):
        state.offer(f"m{n}", f"/{n}", f"s{n % 2}", now_s=n, due_s=n)
        item = state.next(n)
        assert item is not None
        for _ in range(2):
            state.sight(item, "x", now_s=100.0 * n)
        state.close(item)
    spread = state.spread("x", now_s=300)
    assert (spread.copies(1000), spread.sources(1000), spread.copies(150)) == (4, 2, 2)
    assert state.spread("y", now_s=300).copies(1e6) == 0
    state.forget(items_before_s=2, sightings_before_s=150)
    assert state.spread("x", now_s=300).copies(1000) == 2
    assert state.offer("m0", "/0", "s", now_s=9, due_s=9)
    assert not state.offer("m3", "/3", "s", now_s=9, due_s=9)


def test_all_or_nothing(state: State) -> None:
    def broken_off() -> None:
        with state.together():
            state.offer("m1", "/a", "s", now_s=0, due_s=0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert state.waiting() == 0


def test_an_address_is_known_by_its_digest_only() -> None:
    assert "example" not in mark_of_address("https://example.org/a.jpg")


def test_what_is_no_state_is_said(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StorageError, match="could not be used"), opened(tmp_path / "state.sqlite"):
        pass
    with pytest.raises(StorageError), opened(tmp_path / "none" / "state.sqlite"):
        pass
    with opened(tmp_path / "new.sqlite") as state:
        assert isinstance(state.connection, sqlite3.Connection)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=300), st.sets(st.sampled_from("abcdefgh")))
def test_of_people_who_left_no_byte_is_left(seen: list[str], left: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "state.sqlite"
        with opened(place) as state:
            for n, letter in enumerate(seen):
                state.offer(f"m{n}", f"/{n}", f"s{n % 7}", now_s=n, due_s=n)
                item = state.next(n)
                assert item is not None
                for subject in (
                    of_person(letter * 32),
                    of_material(letter * 32, n % 3),
                    of_content("0" * 64),
                ):
                    state.sight(item, subject, now_s=n)
                state.close(item)
            state.forget_people(lambda person: person[0] in left)
            while_open = b"".join(path.read_bytes() for path in Path(folder).iterdir())
            for letter in set(seen):
                spread = state.spread(of_person(letter * 32), now_s=1e6)
                assert len(spread.sightings) == (0 if letter in left else seen.count(letter))
            assert len(state.spread(of_content("0" * 64), now_s=1e6).sightings) == len(seen)
        after = b"".join(path.read_bytes() for path in Path(folder).iterdir())
        for letter in left:
            assert letter.encode() * 32 not in while_open
            assert letter.encode() * 32 not in after
        for letter in set(seen) - left:
            assert letter.encode() * 32 in after


def test_old_sightings_of_people_go_as_all_others_do(tmp_path: Path) -> None:
    place = tmp_path / "state.sqlite"
    with opened(place) as state:
        state.offer("m", "/a", "s", now_s=0, due_s=0)
        item = state.next(0)
        assert item is not None
        state.sight(item, of_person("a1" * 16), now_s=100)
        state.forget(items_before_s=0, sightings_before_s=99)
    assert b"a1" * 16 in place.read_bytes()
    with opened(place) as state:
        state.forget(items_before_s=0, sightings_before_s=101)
    assert b"a1" * 16 not in place.read_bytes()
