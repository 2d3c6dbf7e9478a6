"""Opening the people of ``check --people``."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.cli.known_people import known_people
from facewarden.errors import LostKeyError, UsageError, WrongPassphraseError
from facewarden.protect.registry import Registry
from facewarden.protect.store import opened
from tests.protect.making import KEY, PASSPHRASE, features, make, person


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of nobody yet, whose passphrase is in word.txt beside it."""
    (tmp_path / "word.txt").write_text(PASSPHRASE + "\n")
    return make(tmp_path / "people")


@pytest.fixture
def word(tmp_path: Path) -> Path:
    return tmp_path / "word.txt"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The stores that were read."""
    folders: list[Path] = []
    plain = Registry.load

    def load(folder: Path, *rest: object) -> Registry:
        folders.append(folder)
        return plain(folder, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Registry, "load", load)
    return folders


def test_the_people_of_a_store_with_its_allowance(
    store: Path, word: Path, loaded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[int] = []
    monkeypatch.setattr(Registry, "spend", lambda _, count: spent.append(count))
    with opened(store, KEY) as people_store:
        people_store.add_many((person(n), features(n)) for n in (1, 2))
    people = known_people(store, passphrase_file=word)
    assert set(people.people) == {person(1).id, person(2).id}
    assert people.name_of(person(1).id) == person(1).name
    people.spend(4)
    assert spent == [4]
    assert loaded == [store]


def test_no_store(tmp_path: Path, loaded: list[Path]) -> None:
    with pytest.raises(UsageError, match="no store of people"):
        known_people(tmp_path / "nowhere")
    assert loaded == []


def test_another_passphrase_and_a_lost_key(store: Path, word: Path, loaded: list[Path]) -> None:
    word.write_text("another passphrase\n")
    with pytest.raises(WrongPassphraseError):
        known_people(store, passphrase_file=word)
    (store / "key.json").unlink()
    with pytest.raises(LostKeyError):
        known_people(store, passphrase_file=word)
    assert loaded == []


def test_a_store_of_nobody(store: Path, word: Path) -> None:
    with pytest.raises(UsageError, match="Nobody"):
        known_people(store, passphrase_file=word)
