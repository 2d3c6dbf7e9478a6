"""Read-only, out of room, at odds with the clock, two at once, killed: the store is as it was, or as it should be."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import StorageError, UsageError
from facewarden.protect.layout import Layout
from facewarden.protect.registry import Registry
from facewarden.protect.store import opened
from tests.protect.making import KEY, Clock, embedding, features, make, person

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    """A store in which two people are enrolled."""
    make(tmp_path / "people", clock=clock)
    with opened(tmp_path / "people", KEY, clock=clock) as store:
        store.add_many((person(number), features(number)) for number in (1, 2))
    return tmp_path / "people"


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_read_only_store_is_said_and_stays(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, before = os.open, content(folder)

    def read_only(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if str(folder) in str(path) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, os.strerror(30), str(path))
        return really(path, flags, *more, **options)

    with opened(folder, KEY, clock=clock) as store:
        ann = store.find("Person 1")
        monkeypatch.setattr(os, "open", read_only)
        for change in (
            lambda: store.add("Person 3", purpose="tests", features=features(3)),
            lambda: store.add_many([(person(3), features(3))]),
            lambda: store.update(ann, features(3)),
            lambda: store.withdraw(ann),
            lambda: store.forget(ann),
            lambda: store.set_allowance(burst=1, per_hour=1),
        ):
            with pytest.raises(StorageError, match=r"Read-only file system\. Make the place writable"):
                change()
        assert sorted(each.name for each in store.people()) == ["Person 1", "Person 2"]
    with pytest.raises(UsageError, match="Read-only file system"), opened(folder, KEY, clock=clock):
        pass
    registry = Registry.load(folder, KEY, clock=clock)
    with pytest.raises(UsageError, match="Read-only file system"):
        registry.spend()
    monkeypatch.undo()
    assert content(folder) == before
    with opened(folder, KEY, clock=clock) as store:
        assert store.faults() == []


_LIMITED = """
import resource, sys
from pathlib import Path
from facewarden.errors import StorageError
from facewarden.protect.store import opened
from tests.protect.making import KEY, features
with opened(Path(sys.argv[1]), KEY) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        store.add("Person 3", purpose="tests", features=features(3))
    except StorageError as error:
        print(error)
"""


def test_who_has_no_room_is_not_enrolled(folder: Path, clock: Clock) -> None:
    before = content(folder)
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(folder)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "File too large. Make room or raise the limit" in done.stdout
    with opened(folder, KEY, clock=clock) as store:
        assert not store.knows("Person 3")
        assert store.faults() == []
    assert content(folder) == before


def test_a_clock_that_goes_back_confuses_nothing(folder: Path, clock: Clock) -> None:
    with opened(folder, KEY, clock=clock) as store:
        store.add("Person 3", purpose="tests", features=features(3), expires=dt.date(2026, 3, 3))
    clock.move(days=5)
    registry = Registry.load(folder, KEY, clock=clock)
    registry.settle(unused=registry.spend(10) - 1, files=1)
    clock.move(days=-400)
    with opened(folder, KEY, clock=clock) as store:
        gone = store.withdraw(store.find("Person 1"))
        assert (gone.consent.withdrawn_at or "") < gone.consent.given_at
        store.add("Person 4", purpose="tests", features=features(4))
        store.forget(store.find("Person 2"))
        assert store.due() == [gone]
        assert store.faults() == []
        told = [event.action for event in store.events()]
    assert told == ["created", "enrolled_many", "enrolled", "matched", "withdrawn", "enrolled", "forgotten"]
    registry = Registry.load(folder, KEY, clock=clock)
    found = [[near.name for near in registry.nearest(embedding(number)[None])] for number in range(1, 5)]
    # By this clock, the day on which the third one is not looked for any more is still to come.
    assert found == [[], [], ["Person 3"], ["Person 4"]]
    clock.move(days=400)
    assert registry.nearest(embedding(3)[None]) == []


_BUSY = """
import sys
from pathlib import Path
from facewarden.errors import UsageError
from facewarden.protect.store import opened
from tests.protect.making import KEY, features
taken = 0
for number in range(10, 18):
    mine = 2 * number + int(sys.argv[2])
    for name, seed in ((f"Person {mine}", mine), (f"Both {number}", 100 + mine)):
        with opened(Path(sys.argv[1]), KEY, wait_s=300) as store:
            try:
                store.add(name, purpose="tests", features=features(seed))
            except UsageError as error:
                taken += "already" in str(error)
print(taken)
"""


def test_two_processes_enrol_at_once(folder: Path, clock: Clock) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _BUSY, str(folder), which],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for which in "01"
    ]
    taken = 0
    for process in both:
        told, said = process.communicate(timeout=600)
        assert process.returncode == 0, said
        taken += int(told)
    assert taken == 8  # a name belongs to who came first
    with opened(folder, KEY, clock=clock) as store:
        names = sorted(each.name for each in store.people())
        assert store.faults() == []
        assert {path.name for path in Layout(folder).objects.iterdir()} == store._roll.counted()
        assert [event.action for event in store.events()].count("enrolled") == 24
    assert names == sorted(
        [f"Person {number}" for number in (1, 2, *range(20, 36))] + [f"Both {n}" for n in range(10, 18)]
    )
    registry = Registry.load(folder, KEY, clock=clock)
    for number in range(20, 36):
        assert registry.nearest(embedding(number)[None])[0].name == f"Person {number}"
