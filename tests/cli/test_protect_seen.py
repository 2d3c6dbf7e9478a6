"""``facewarden protect withdraw | forget`` and what a watch counted of the person."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.cli.main import run
from facewarden.protect.store import opened as people_opened
from facewarden.sealed.sole import alone
from facewarden.watch.state import opened
from facewarden.watch.subjects import of_material, of_person
from tests.protect.making import KEY, PASSPHRASE, features, make, person

ANN, BEN = person(1).id, person(2).id


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a watch that has seen Ann and Ben, who are enrolled."""
    monkeypatch.setenv("FACEWARDEN_PEOPLE", str(tmp_path / "people"))
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("FACEWARDEN_STATE", str(tmp_path / "none"))
    make(tmp_path / "people")
    with people_opened(tmp_path / "people", KEY) as store:
        for number, name in ((1, "Ann"), (2, "Ben")):
            store.add(name, purpose="tests", person=person(number), features=features(number))
    place = tmp_path / "watch"
    place.mkdir()
    with opened(place / "state.sqlite") as seen:
        seen.offer("m", "/a", "s", now_s=0, due_s=0)
        item = seen.next(0)
        assert item is not None
        for subject in (of_person(ANN), of_material(ANN, 1), of_person(BEN)):
            seen.sight(item, subject, now_s=0)
    return place


@pytest.mark.parametrize("words", [["withdraw", "Ann"], ["forget", "Ann", "--yes"]])
def test_it_goes_with_the_person(state: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setenv("FACEWARDEN_STATE", str(state))
    assert run(["protect", *words]) == 0
    content = (state / "state.sqlite").read_bytes()
    assert ANN.encode() not in content
    assert BEN.encode() in content


def test_the_folder_may_be_named(state: Path) -> None:
    assert run(["protect", "forget", "Ben", "--yes"]) == 0
    assert BEN.encode() in (state / "state.sqlite").read_bytes()
    assert run(["protect", "forget", "Ann", "--yes", "--state", str(state)]) == 0
    assert ANN.encode() not in (state / "state.sqlite").read_bytes()


def test_a_watch_that_is_at_work_is_named(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(state):
        assert run(["protect", "forget", "Ann", "--yes", "--state", str(state)]) == 0
    told = capsys.readouterr()
    assert "Ann: forgotten" in told.out
    assert f"Another process is at work in {state}" in told.err
    assert "drops itself, with its next scan" in told.err


def test_a_state_that_cannot_be_changed_is_an_error(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "state.sqlite").write_bytes(b"something else entirely" * 100)
    assert run(["protect", "forget", "Ann", "--yes", "--state", str(state)]) == 2
    told = capsys.readouterr()
    assert "Ann: forgotten" in told.out
    assert "could not be used" in told.err
