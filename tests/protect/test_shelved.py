"""Lists are read when a file is looked up, and no sooner; what changed is read anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import TamperedError
from facewarden.matching.exchange import Kind, Signal
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import Hashed
from facewarden.protect.layout import Layout
from facewarden.protect.registry import Registry
from facewarden.protect.store import opened
from tests.protect.making import KEY, features, make, pdq


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make(tmp_path / "people")
    with opened(folder, KEY) as store:
        store.add("Ann", purpose="tests", features=features(1))
        store.shelf.keep("A", HashList.of([Signal(Kind.PDQ, pdq(1).hex)]))
    return folder


def test_lists_stay_loaded_while_only_people_change(folder: Path) -> None:
    registry = Registry.load(folder, KEY)
    before = registry.listed
    with opened(folder, KEY) as store:
        store.add("Bo", purpose="tests", features=features(2))
    assert registry.refresh()
    assert registry.listed is before
    with opened(folder, KEY) as store:
        store.shelf.ignore([Hashed("0" * 64, (pdq(1),))])
        store.shelf.keep("B", HashList.of([Signal(Kind.PDQ, pdq(2).hex)]))
    assert registry.refresh()
    assert len(registry.listed) == 2
    assert registry.ignores("0" * 64)
    assert not registry.ignores("1" * 64)


def test_whoever_asks_for_people_reads_no_list(folder: Path) -> None:
    with opened(folder, KEY) as store:
        path = Layout(folder).objects / store.shelf.find("A").content
    path.write_bytes(path.read_bytes()[:-1])
    registry = Registry.load(folder, KEY)
    assert len(registry) == 1
    with pytest.raises(TamperedError):
        _ = registry.listed


def test_a_list_that_was_forgotten_meanwhile_is_a_reason_to_look_again(folder: Path) -> None:
    registry = Registry.load(folder, KEY)
    with opened(folder, KEY) as store:
        store.shelf.forget(["A"])
    with pytest.raises(KeyError):
        _ = registry.listed
    registry.reload()
    assert len(registry.listed) == 0
