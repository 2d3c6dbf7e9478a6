"""Lists and ignored pictures in the store: kept sealed, replaced whole, destroyed without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import TamperedError, UsageError
from facewarden.matching.exchange import Kind, Signal
from facewarden.protect import shelf as shelf_module
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import Hashed
from facewarden.protect.layout import Layout
from facewarden.protect.store import opened
from tests.protect.making import KEY, everything, features, make, pdq


def listed(*seeds: int, note: str = "") -> HashList:
    return HashList.of(Signal(Kind.PDQ, pdq(seed).hex, 100, note) for seed in seeds)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make(tmp_path / "people")
    with opened(folder, KEY) as store:
        store.add("Ann", purpose="tests", features=features(1))
        store.shelf.keep("Hotline  A", listed(1, 2, note="case 17"))
    return folder


def test_a_list_is_found_by_its_label_in_any_case(folder: Path) -> None:
    with opened(folder, KEY) as store:
        entry = store.shelf.find("hotline a")
        assert (entry.label, entry.hashes, entry.count) == ("Hotline A", {"pdq": 2}, 2)
        assert store.shelf.content(entry).signal(1).value == pdq(2).hex
        assert [each.label for each in store.shelf.lists()] == ["Hotline A"]
        with pytest.raises(UsageError, match="no list named 'B'"):
            store.shelf.find("B")


def test_a_label_is_taken_once_unless_it_is_replaced(folder: Path) -> None:
    with opened(folder, KEY) as store:
        with pytest.raises(UsageError, match="already"):
            store.shelf.keep("HOTLINE A", listed(3))
        before = Layout(folder).objects / store.shelf.find("Hotline A").content
        store.shelf.keep("HOTLINE A", listed(3), replace=True)
        store.shelf.keep("New", listed(4), replace=True)
        assert not before.exists()
    with opened(folder, KEY) as store:
        assert [(each.label, each.count) for each in store.shelf.lists()] == [("HOTLINE A", 1), ("New", 1)]


@pytest.mark.parametrize("label", ["", "  ", "a\nb\x1b", "x" * 101])
def test_a_label_is_one_line_of_words(label: str, folder: Path) -> None:
    with opened(folder, KEY) as store, pytest.raises(UsageError, match="1 to 100 printable"):
        store.shelf.keep(label, listed(1))


def test_neither_empty_lists_nor_too_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "MOST_LISTS", 1)
    with opened(folder, KEY) as store:
        with pytest.raises(UsageError, match="no hash"):
            store.shelf.keep("B", HashList.of([]))
        with pytest.raises(UsageError, match="1 lists already"):
            store.shelf.keep("B", listed(1))
        store.shelf.keep("Hotline A", listed(1), replace=True)


def test_nothing_of_a_list_can_be_read_without_the_key_or_after_it_was_forgotten(folder: Path) -> None:
    for data in everything(folder):
        assert b"case 17" not in data
        assert b"otline" not in data
        assert pdq(1).digest not in data
        assert pdq(1).digest[::-1] not in data
    with opened(folder, KEY) as store:
        with pytest.raises(UsageError, match="no list named 'B'"):
            store.shelf.forget(["Hotline A", "B"])
        objects = len(list(Layout(folder).objects.iterdir()))
        assert [each.label for each in store.shelf.forget(["Hotline A", "hotline a"])] == ["Hotline A"]
        assert len(list(Layout(folder).objects.iterdir())) == objects - 1
        assert [(each.action, each.count) for each in store.events()][-2:] == [
            ("list_imported", 2),
            ("list_forgotten", 2),
        ]


def test_people_and_lists_do_not_touch_each_other(folder: Path) -> None:
    with opened(folder, KEY) as store:
        store.shelf.ignore([Hashed("0" * 64, (pdq(9),))])
        store.add("Bo", purpose="tests", features=features(2))
        store.forget(store.find("Ann"))
    with opened(folder, KEY) as store:
        assert len(store.shelf.lists()) == len(store.shelf.ignored().pictures) == len(store) == 1
        assert store.faults() == []


def test_what_was_altered_or_taken_away_is_said(folder: Path) -> None:
    with opened(folder, KEY) as store:
        store.shelf.ignore([Hashed("0" * 64, (pdq(9),))])
        name = store.shelf.find("Hotline A").content
        path = Layout(folder).objects / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert len(store.faults()) == 1
        with pytest.raises(TamperedError):
            store.shelf.content(store.shelf.find("Hotline A"))
        path.unlink()
        with pytest.raises(TamperedError, match="gone"):
            store.shelf.content(store.shelf.find("Hotline A"))


def test_numbers_of_ignored_pictures_are_used_once(folder: Path) -> None:
    with opened(folder, KEY) as store:
        shelf = store.shelf
        assert shelf.ignore([Hashed("0" * 64, (pdq(8),)), Hashed("1" * 64, (pdq(9),))]) == [1, 2]
        with pytest.raises(UsageError, match="No picture of the number 3"):
            shelf.count_again([1, 3])
        assert shelf.count_again([2, 2]) == [2]
        assert shelf.ignore([Hashed("2" * 64, (pdq(10),))]) == [3]
        assert [each.number for each in shelf.ignored().pictures] == [1, 3]
        assert shelf.ignored().negative().holds(pdq(8))
        assert not shelf.ignored().negative().holds(pdq(9))


def test_a_bound_for_ignored_pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "MOST_IGNORED", 1)
    with opened(folder, KEY) as store:
        with pytest.raises(UsageError, match="At most 1 pictures"):
            store.shelf.ignore([Hashed("0" * 64, (pdq(8),)), Hashed("1" * 64, (pdq(9),))])
        assert store.shelf.ignored().pictures == ()
