"""People come, are changed, withdraw and are forgotten; whatever happens, the store is whole."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import LostKeyError, StorageError, TamperedError, UsageError, WrongPassphraseError
from facewarden.protect.columns import Columns
from facewarden.protect.layout import Layout, default_folder
from facewarden.protect.person import Features, GivenBy, Person
from facewarden.protect.registry import Registry
from facewarden.protect.store import PeopleStore, existing, opened
from facewarden.sealed import durable
from facewarden.sealed.key_file import open_key
from tests.protect.making import (
    KEY,
    OTHER_KEY,
    PASSPHRASE,
    Clock,
    embedding,
    everything,
    features,
    make,
    person,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    return make(tmp_path / "people", clock=clock)


def enrol(folder: Path, clock: Clock, number: int, **options: object) -> Person:
    with opened(folder, KEY, clock=clock) as store:
        return store.add(f"Person {number}", purpose="tests", features=features(number), **options)  # type: ignore[arg-type]


def files(folder: Path) -> set[str]:
    return {path.name for path in Layout(folder).objects.iterdir()}


def test_a_person_is_enrolled_and_found_by_name_and_id(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1, by=GivenBy.GUARDIAN, expires=dt.date(2027, 1, 1))
    with opened(folder, KEY, clock=clock) as store:
        assert store.find("person 1") == store.find(ann.id) == store.find("  PERSON  1 ") == ann
        assert ann.consent.by is GivenBy.GUARDIAN
        assert ann.consent.given_at == ann.enrolled_at == "2026-03-01T12:00:00Z"
        assert ann.expires == dt.date(2027, 1, 1)
        assert store.features(ann) == features(1)
        assert len(store) == 1
        with pytest.raises(UsageError, match="Nobody is enrolled as 'Bo'"):
            store.find("Bo")
        assert store.faults() == []


@pytest.mark.parametrize("name", ["", "  ", "a\nb\0", "x" * 101])
def test_names_that_are_none(folder: Path, clock: Clock, name: str) -> None:
    with opened(folder, KEY, clock=clock) as store, pytest.raises(UsageError, match="A name has"):
        store.add(name, purpose="tests")


def test_what_cannot_be_enrolled(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1)
    with opened(folder, KEY, clock=clock) as store:
        with pytest.raises(UsageError, match="already"):
            store.add("PERSON 1", purpose="tests")
        with pytest.raises(UsageError, match="This very person"):
            store.add("Ann", purpose="tests", person=ann)
        with pytest.raises(UsageError, match="--purpose"):
            store.add("Ann", purpose=" ")
        with pytest.raises(UsageError, match="has come already"):
            store.add("Ann", purpose="tests", expires=dt.date(2026, 3, 1))
        assert len(store) == 1


def test_nothing_can_be_read_without_the_key(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1)
    kept = features(1).items[0]
    secrets = [
        b"Person 1",
        b"tests",
        ann.id.encode(),
        (kept.sha256 or "").encode(),
        (kept.template or "").encode(),
    ]
    template = embedding(1)
    secrets += [
        bytes.fromhex(kept.sha256 or ""),
        template.tobytes()[:64],
        template.astype("f2").tobytes()[:32],
    ]
    for content in everything(folder):
        assert not [secret for secret in secrets if secret in content]
    with pytest.raises(TamperedError, match="another key"), opened(folder, OTHER_KEY):
        pass


def test_wrong_passphrase_lost_key_and_tampering_are_different(folder: Path) -> None:
    place = Layout(folder).key
    assert open_key(place, passphrase=lambda: PASSPHRASE) == KEY
    with pytest.raises(WrongPassphraseError):
        open_key(place, passphrase=lambda: "wrong horse")
    line = place.read_bytes()
    place.write_bytes(line.replace(b"wrapped", b"wrapqed"))
    with pytest.raises(TamperedError):
        open_key(place, passphrase=lambda: PASSPHRASE)
    place.unlink()
    with pytest.raises(LostKeyError):
        open_key(place, passphrase=lambda: PASSPHRASE)


def test_files_that_are_cut_short_are_found(folder: Path, clock: Clock) -> None:
    enrol(folder, clock, 1)
    layout = Layout(folder)
    for path in (layout.card, layout.roll, layout.allowance, *layout.objects.iterdir()):
        whole = path.read_bytes()
        for size in (0, 1, len(whole) // 2, len(whole) - 2):
            path.write_bytes(whole[:size])
            assert _faulty(folder, clock), (path, size)
        path.write_bytes(whole)
    assert not _faulty(folder, clock)


def test_files_cannot_be_exchanged_taken_away_or_brought_back(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1)
    before = {path: path.read_bytes() for path in Layout(folder).objects.iterdir()}
    one, other = before
    one.write_bytes(before[other])
    assert _faulty(folder, clock)
    one.write_bytes(before[one])
    one.rename(folder / "elsewhere")
    with (
        pytest.raises(TamperedError, match=r"1 sealed files of .* are gone"),
        opened(folder, KEY, clock=clock),
    ):
        pass
    (folder / "elsewhere").rename(one)
    with opened(folder, KEY, clock=clock) as store:
        store.forget(ann)
    for path, content in before.items():
        path.write_bytes(content)
    with opened(folder, KEY, clock=clock) as store:
        assert len(store) == 0
    assert not files(folder)


def _faulty(folder: Path, clock: Clock) -> bool:
    try:
        with opened(folder, KEY, clock=clock) as store:
            return bool(store.faults())
    except TamperedError:
        return True


def test_withdrawal_destroys_what_she_is_found_by_and_keeps_the_consent(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1)
    clock.move(days=3)
    before = files(folder)
    with opened(folder, KEY, clock=clock) as store:
        gone = store.withdraw(ann)
        assert gone.withdrawn
        assert gone.consent.withdrawn_at == "2026-03-04T12:00:00Z"
        assert gone.consent.given_at == "2026-03-01T12:00:00Z"
        assert store.features(gone) == Features()
        assert store.due() == [gone]
        with pytest.raises(UsageError, match="withdrawn already"):
            store.withdraw(gone)
        with pytest.raises(UsageError, match="withdrawn"):
            store.update(gone, features(1))
    assert len(files(folder)) == 1
    assert not files(folder) & before
    assert len(Registry.load(folder, KEY, clock=clock)) == 0


def test_who_is_forgotten_leaves_no_byte(folder: Path, clock: Clock) -> None:
    bo = enrol(folder, clock, 2)
    ann = enrol(folder, clock, 1)
    of_bo = files(folder)
    kept = {path.name: path.read_bytes() for path in Layout(folder).objects.iterdir()}
    with opened(folder, KEY, clock=clock) as store:
        own = {
            name
            for name in of_bo
            if name in (store._roll.people[ann.id].record, store._roll.people[ann.id].features)
        }
        store.forget(ann)
        assert [each.name for each in store.people()] == [bo.name]
    assert own
    assert files(folder) == of_bo - own
    for content in everything(folder):
        for name in own:
            assert name.encode() not in content
            for start in range(0, len(kept[name]) - 32, 1009):
                assert kept[name][start : start + 32] not in content


def test_who_is_forgotten_is_taken_out_of_the_index(folder: Path, clock: Clock) -> None:
    with opened(folder, KEY, clock=clock) as store:
        assert store.add_many((person(n), features(n)) for n in range(1, 6)) == 5
    registry = Registry.load(folder, KEY, clock=clock)
    assert [found.name for found in registry.nearest(embedding(3)[None])] == ["Person 3"]
    with opened(folder, KEY, clock=clock) as store:
        store.forget(store.find("Person 3"))
        store.withdraw(store.find("Person 4"))
        assert store.faults() == []
        assert sum(1 for _ in files(folder)) == 4 + 3 + 1  # records, features, index
    assert registry.refresh()
    assert not registry.refresh()
    for gone in (3, 4):
        assert registry.nearest(embedding(gone)[None]) == []
    for stays in (1, 2, 5):
        assert [found.name for found in registry.nearest(embedding(stays)[None])] == [f"Person {stays}"]
    assert len(registry) == 3


@pytest.mark.parametrize("how", ["forget", "withdraw"])
def test_former_features_leave_the_index_too(folder: Path, clock: Clock, how: str) -> None:
    with opened(folder, KEY, clock=clock) as store:
        store.add_many((person(n), features(n)) for n in (1, 2))
        store.update(store.find("Person 1"), features(11))
        store.update(store.find("Person 1"))
        getattr(store, how)(store.find("Person 1"))
        assert store._roll.index is not None
        index = Columns.read(store._object(store._roll.index))
    assert [index.template_part.tolist(), len(index.parts), len(index.clips)] == [[0], 1, 1]
    assert np.array_equal(index.templates[0], embedding(2).astype(np.float16))


def test_many_at_once_or_nobody(folder: Path, clock: Clock) -> None:
    enrol(folder, clock, 1)
    before = files(folder)
    for clash in (person(1), person(2), person(3, id=f"{2:032x}")):
        with opened(folder, KEY, clock=clock) as store:
            with pytest.raises(UsageError, match="taken already"):
                store.add_many([(person(2), features(2)), (clash, features(3))])
            assert len(store) == 1
    with opened(folder, KEY, clock=clock):
        assert files(folder) == before


def test_the_index_is_renewed_when_too_many_are_loose(folder: Path, clock: Clock) -> None:
    with opened(folder, KEY, clock=clock) as store:
        for number in range(1, 70):
            store.add(f"Person {number}", purpose="tests", features=features(number))
        assert store._roll.index is not None
        store.update(store.find("Person 2"), features(102))
    registry = Registry.load(folder, KEY, clock=clock)
    assert len(registry) == 69
    for number in (1, 69):
        (found,) = registry.nearest(embedding(number)[None])
        assert found.name == f"Person {number}"
    assert registry.nearest(embedding(2)[None]) == []
    assert registry.nearest(embedding(102)[None])[0].name == "Person 2"


def test_expired_people_are_not_matched_from_their_day_on(folder: Path, clock: Clock) -> None:
    enrol(folder, clock, 1, expires=dt.date(2026, 3, 3))
    registry = Registry.load(folder, KEY, clock=clock)
    digest = features(1).items[0].sha256 or ""
    clock.move(days=1)
    assert len(registry) == 1
    assert registry.nearest(embedding(1)[None])
    assert registry.same_file(digest)
    clock.move(days=1)
    assert len(registry) == 0
    assert registry.nearest(embedding(1)[None]) == []
    assert registry.same_file(digest) == []
    assert registry.picture(0) is None
    assert registry.clip(0) is None
    with opened(folder, KEY, clock=clock) as store:
        assert [each.name for each in store.due()] == ["Person 1"]


def test_a_full_disk_leaves_everything_as_it_was(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = enrol(folder, clock, 1)
    actions: list[Callable[[PeopleStore], object]] = [
        lambda store: store.add("Person 2", purpose="tests", features=features(2)),
        lambda store: store.update(ann.model_copy(update={"name": "Ann"}), features(3)),
        lambda store: store.withdraw(ann),
        lambda store: store.add_many([(person(4), features(4))]),
    ]
    write = os.write
    for action in actions:
        done = False
        for full_after in range(60):
            left = full_after

            def failing(descriptor: int, data: bytes) -> int:
                nonlocal left
                left -= 1
                if left < 0:
                    raise OSError(28, "No space left on device")
                return write(descriptor, data)

            with opened(folder, KEY, clock=clock) as store:
                before = {each.id: each for each in store.people()}
                with monkeypatch.context() as patched:
                    patched.setattr(durable.os, "write", failing)
                    try:
                        action(store)
                        done = True
                    except StorageError:
                        pass
            if done:
                break
            with opened(folder, KEY, clock=clock) as store:
                assert {each.id: each for each in store.people()} == before
                assert store.faults() == []
        assert done


def test_a_store_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken(path: Path) -> None:
        raise UsageError("no passphrase")

    from facewarden.protect.store import create

    with pytest.raises(UsageError, match="no passphrase"):
        create(tmp_path / "people", KEY, broken)
    assert list(tmp_path.iterdir()) == []
    make(tmp_path / "people")
    with pytest.raises(UsageError, match="something in"):
        make(tmp_path / "people")
    with pytest.raises(UsageError, match="protect init"):
        existing(tmp_path)
    (tmp_path / "people" / "people.json").write_text('{"format": 2}')
    with pytest.raises(TamperedError, match=r"people\.json"), opened(tmp_path / "people", KEY):
        pass


def test_two_processes_do_not_write_at_once(folder: Path, clock: Clock) -> None:
    with (
        opened(folder, KEY, clock=clock),
        pytest.raises(UsageError, match="Another process"),
        opened(folder, KEY, clock=clock, wait_s=0.01),
    ):
        pass


def test_events_name_nobody(folder: Path, clock: Clock) -> None:
    ann = enrol(folder, clock, 1)
    with opened(folder, KEY, clock=clock) as store:
        store.forget(ann)
        events = list(store.events())
    assert [each.action for each in events] == ["created", "enrolled", "forgotten"]
    assert [each.person for each in events] == [None, ann.id, ann.id]
    assert "Person" not in "".join(each.model_dump_json() for each in events)


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PEOPLE", "/somewhere/people")
    assert default_folder() == Path("/somewhere/people")
    monkeypatch.delenv("FACEWARDEN_PEOPLE")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path("/data/facewarden/people")
