"""Opening the people of ``check --people``; their store is made up, its key is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from facewarden.cli.known_people import known_people
from facewarden.errors import LostKeyError, UsageError, WrongPassphraseError
from facewarden.sealed.key_file import Cost, wrap_new
from facewarden.sealed.keys import MasterKey

WORDS = "a long passphrase for tests"


@dataclass
class Registry:
    """As `facewarden.protect.registry` has it, as far as it is used here."""

    people: list[str]
    templates: npt.NDArray[np.float32]
    spend: Callable[[int], None]

    def name_of(self, person: str) -> str:
        return f"name of {person}"


@dataclass
class Rooms:
    people: list[str]
    loaded: list[tuple[Path, MasterKey]]
    spent: list[int]


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    rooms = Rooms(["Ada", "Ada", "Bea"], [], [])

    def load(folder: Path, key: MasterKey) -> Registry:
        rooms.loaded.append((folder, key))
        return Registry(rooms.people, np.zeros((len(rooms.people), 128), np.float32), rooms.spent.append)

    layout = SimpleNamespace(
        Layout=lambda root: SimpleNamespace(card=root / "people.json", key=root / "key.json")
    )
    monkeypatch.setitem(sys.modules, "facewarden.protect.layout", layout)
    monkeypatch.setitem(
        sys.modules, "facewarden.protect.registry", SimpleNamespace(Registry=SimpleNamespace(load=load))
    )
    return rooms


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "people.json").write_text("{}")
    (tmp_path / "word.txt").write_text(WORDS + "\n")
    wrap_new(tmp_path / "key.json", key=MasterKey.new(), passphrase=WORDS, cost=Cost(8, 1, 1))
    return tmp_path


def test_the_people_of_a_store_with_its_allowance(rooms: Rooms, store: Path) -> None:
    people = known_people(store, passphrase_file=store / "word.txt")
    assert people.people == ("Ada", "Bea")
    assert people.name_of("Ada") == "name of Ada"
    people.spend(4)
    assert rooms.spent == [4]
    assert [folder for folder, _ in rooms.loaded] == [store]


def test_no_store(rooms: Rooms, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no store of people"):
        known_people(tmp_path / "nowhere")
    assert rooms.loaded == []


def test_another_passphrase_and_a_lost_key(rooms: Rooms, store: Path) -> None:
    (store / "word.txt").write_text("another passphrase\n")
    with pytest.raises(WrongPassphraseError):
        known_people(store, passphrase_file=store / "word.txt")
    (store / "key.json").unlink()
    with pytest.raises(LostKeyError):
        known_people(store, passphrase_file=store / "word.txt")
    assert rooms.loaded == []


def test_a_store_of_nobody(rooms: Rooms, store: Path) -> None:
    rooms.people = []
    with pytest.raises(UsageError, match="Nobody"):
        known_people(store, passphrase_file=store / "word.txt")
