"""One byte of a store is changed, anywhere: it is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.protect.layout import Layout
from tests.protect.tampering import Fate, Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("tampering"))


def test_no_change_anywhere_is_missed(store: Store) -> None:
    """`benchmarks.protect_tamper` tries many more."""
    chance = random.Random(1)
    for number in range(100):
        path, position, change = store.drawn(chance, evenly=number % 2 == 1)
        assert store.fate(path, position, change) is Fate.REFUSED, (path, position, change)


def ends(store: Store) -> Iterator[tuple[Path, int]]:
    """The first and last bytes of each file and of each line: where what is read as text is most lenient."""
    for path, content in store.whole.items():
        yield from ((path, place) for place in (0, len(content) - 1))
    events = store.whole[Layout(store.home).events]
    for place in (place for place, byte in enumerate(events) if byte == ord("\n")):
        yield from ((Layout(store.home).events, place - back) for back in range(4))


def test_nor_at_the_ends_of_files_and_lines(store: Store) -> None:
    for path, place in ends(store):
        for change in (1, 4):
            fate = store.fate(path, place, change)
            assert fate is Fate.REFUSED, (path, place, change)


def test_nor_where_it_would_say_the_same(store: Store) -> None:
    card = Layout(store.home).card
    for space in (place for place, byte in enumerate(store.whole[card]) if byte in b" \n"):
        for other in b" \t\r\n":
            if change := store.whole[card][space] ^ other:
                assert store.fate(card, space, change) is Fate.REFUSED, (space, other)
