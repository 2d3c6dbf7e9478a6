"""Watches that are killed, run out of room, or meet a file that kills them."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from facewarden.vault import vault
from facewarden.watch.state import opened
from tests.vault.making import KEY
from tests.watch.desk import Desk, digests
from tests.watch.standing import picture

CONTENTS = {"a.jpg": picture("likely"), "deep/b.jpg": picture("weak"), "c.jpg": picture("no_sign"),
            "d.jpg": picture("likely", "anna")}  # fmt: skip


def watched(*runs: dict[str, Any]) -> list[tuple[int, int]]:
    """How each of `runs` ended, and how many moments it had; see `tests.watch.watcher`."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.watch.watcher", json.dumps(runs, default=str)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", ".", "tests", *sys.path])},
        capture_output=True,
        timeout=500,
        check=True,
    )
    return [(code, moments) for code, moments in json.loads(ran.stdout)]


def filled(root: Path) -> Desk:
    root.mkdir(exist_ok=True)
    desk = Desk(root)
    for name, content in CONTENTS.items():
        desk.put(name, content)
    return desk


def all_is_well(desk: Desk) -> None:
    """Each file was judged once, and what should be in the vault is, once."""
    wanted = {hashlib.sha256(content).hexdigest(): 1 for content in CONTENTS.values()}
    assert digests(desk.journal()) == wanted
    assert digests(desk.journal("noted")) == wanted
    forged = {hashlib.sha256(c).hexdigest(): 1 for c in CONTENTS.values() if b"likely" in c}
    assert digests(desk.list("escalated")) == forged
    assert desk.held() == forged
    assert digests(desk.reports()) == forged
    assert desk.list("held")[0]["level"] == "weak"
    assert len(desk.list("held")) == 1
    assert desk.list("failed") == desk.list("aside") == []
    assert vault.faults_of(desk.vault, KEY) == ()


@pytest.mark.slow
def test_killed_at_any_moment_each_file_is_judged_and_done_with_once(tmp_path: Path) -> None:
    desk = filled(tmp_path / "0")
    ((code, moments),) = watched({"root": desk.root})
    assert code == 0
    all_is_well(desk)
    chance = random.Random(4)
    points = chance.sample(range(1, moments + 1), 12)
    desks = [filled(tmp_path / str(number)) for number in range(1, len(points) + 1)]
    runs = []
    for number, (desk, point) in enumerate(zip(desks, points, strict=True)):
        runs.append({"root": desk.root, "point": point})
        if number % 2:
            # Killed again while it takes up what was left, before a check begins: two kills within the check of one
            # file would rightly count against the file.
            runs.append({"root": desk.root, "point": chance.randint(1, 12)})
        runs.append({"root": desk.root})
    ended = [code for code, _ in watched(*runs)]
    for run, code in zip(runs, ended, strict=True):
        assert code in ((0, -9) if "point" in run else (0,)), run
    assert ended.count(-9) >= len(points)
    for desk in desks:
        all_is_well(desk)


def test_a_file_that_kills_the_check_twice_is_given_up(desk: Desk) -> None:
    desk.put("bad.jpg", picture("die"))
    desk.put("good.jpg", picture("no_sign"))
    codes = [code for code, _ in watched(*[{"root": desk.root}] * 4)]
    assert codes.count(-9) == 2
    assert codes[-1] == 0
    assert [line["reason"] for line in desk.list("aside")] == ["killed_the_check"]
    assert len(desk.journal()) == len(desk.journal("aside")) == 1


def test_a_full_disk_ends_the_watch_and_loses_nothing(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    before = {path.name: path.read_bytes() for path in desk.inbox.rglob("*") if path.is_file()}
    assert watched({"root": desk.root, "limit": 40_000})[0][0] == 2
    assert {p.name: p.read_bytes() for p in desk.inbox.rglob("*") if p.is_file()}.keys() == before.keys()
    assert watched({"root": desk.root})[0][0] == 0
    all_is_well(desk)


def test_a_state_of_a_newer_version_is_not_touched(desk: Desk) -> None:
    desk.state.mkdir()
    with opened(desk.state / "state.sqlite") as state:
        state.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Exception, match="newer version"):
        desk.once()
