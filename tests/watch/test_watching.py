"""A watch that stays: bursts, slow writers, folders that go away."""

from __future__ import annotations

import hashlib
import shutil
import time

import pytest

from facewarden.watch.state import opened
from facewarden.watch.watching import Pace
from tests.cli.running import eventually
from tests.watch.desk import Desk, digests
from tests.watch.standing import picture, rules

ONLY_LISTED = rules("version: 1\nrules: [{name: weak, when: {level: weak}, then: [hold]}]")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_comes_is_heard_of_without_a_scan(desk: Desk) -> None:
    with desk.watching():
        desk.put("first.jpg", picture("no_sign", 0))
        assert eventually(lambda: len(desk.journal()) == 1)
        desk.put("new/folder/a.jpg", picture("likely", 1))
        (desk.inbox.parent / "outside.jpg").write_bytes(picture("no_sign", 2))
        (desk.inbox.parent / "outside.jpg").rename(desk.inbox / "moved in.jpg")
        assert eventually(lambda: len(desk.journal()) == 3)
    assert digests(desk.journal()) == {
        sha256(picture("no_sign", 0)): 1, sha256(picture("likely", 1)): 1, sha256(picture("no_sign", 2)): 1,
    }  # fmt: skip
    assert desk.held().total() == 1


@pytest.mark.slow
def test_a_burst_of_files_and_a_small_queue(desk: Desk) -> None:
    contents = [picture("no_sign", n) for n in range(300)]
    pace = Pace(settle_s=0.05, rescan_s=600.0, queue=20)
    with desk.watching(policy=ONLY_LISTED, pace=pace):
        for n, content in enumerate(contents):
            desk.put(f"{n % 7}/{n}.jpg", content)
        most = 0

        def all_judged() -> bool:
            nonlocal most
            most = max(most, desk.notes.last.waiting)
            return len(desk.notes.records) == 300

        assert eventually(all_judged, within_s=240)
    assert digests(desk.journal()) == {sha256(content): 1 for content in contents}
    assert 0 < most <= 20


def test_a_file_that_grows_slowly_is_judged_when_it_stands_still(desk: Desk) -> None:
    whole = picture("likely", "x" * 60)
    with desk.watching(pace=Pace(settle_s=1.0, rescan_s=600.0)):
        with (desk.inbox / "a.jpg").open("wb") as file:
            for start in range(0, len(whole), 10):
                file.write(whole[start : start + 10])
                file.flush()
                time.sleep(0.2)
        assert eventually(lambda: len(desk.journal()) == 1)
    assert digests(desk.journal()) == {sha256(whole): 1}
    assert desk.checker.checked == [sha256(whole)]


def test_a_folder_that_goes_away_and_comes_back(desk: Desk) -> None:
    with desk.watching(pace=Pace(settle_s=0.05, rescan_s=0.2)):
        desk.put("a.jpg", picture("no_sign", 1))
        assert eventually(lambda: len(desk.journal()) == 1)
        shutil.rmtree(desk.inbox)
        time.sleep(0.5)
        desk.inbox.mkdir()
        desk.put("b.jpg", picture("no_sign", 2))
        assert eventually(lambda: len(desk.journal()) == 2)
        desk.put("c.jpg", picture("no_sign", 3))
        assert eventually(lambda: len(desk.journal()) == 3)
    assert digests(desk.journal()).total() == 3


def test_a_file_that_goes_away_before_its_turn_is_forgotten(desk: Desk) -> None:
    path = desk.put("a.jpg", picture("no_sign"))
    desk.checker.slow_s = 0.0
    with opened(None) as state:
        assert state.waiting() == 0
    desk.put("b.jpg", picture("no_sign", 2))
    original = desk.checker.check

    def check(place, *, name=None):  # type: ignore[no-untyped-def]
        path.unlink(missing_ok=True)
        return original(place, name=name)

    desk.checker.check = check  # type: ignore[method-assign]
    ran = desk.once()
    assert ran.whole
    assert ran.tallies.judged in (1, 2)  # whichever was first


def test_what_changes_while_it_is_checked_is_checked_again(desk: Desk) -> None:
    path = desk.put("a.jpg", picture("no_sign", 1))
    original = desk.checker.check

    def check(place, *, name=None):  # type: ignore[no-untyped-def]
        report = original(place, name=name)
        if len(desk.checker.checked) == 1:
            path.write_bytes(picture("likely", 2))
        return report

    desk.checker.check = check  # type: ignore[method-assign]
    assert desk.once().whole
    assert digests(desk.journal()) == {sha256(picture("likely", 2)): 1}
    assert len(desk.held()) == 1


def test_a_file_that_is_touched_all_the_time_is_judged_and_told_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewarden.watch.state.PATIENCE_S", 1.0)
    path = desk.put("a.jpg", picture("likely"))
    with desk.watching(pace=Pace(settle_s=5.0, rescan_s=600.0)):

        def told() -> bool:
            if b"likely" in path.read_bytes():
                path.touch()
            return len(desk.list("escalated")) > 0

        # The vault may not take it, as it is written to; a person is told at once.
        assert eventually(told)
    assert desk.list("escalated")[0]["sha256"] == sha256(picture("likely"))
