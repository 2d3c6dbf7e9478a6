"""Killed, out of room, read-only, at odds with the clock, two at once: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import StorageError, UsageError
from facewarden.vault import vault
from facewarden.vault.cases import State
from tests.vault.making import KEY, Clock, make

ROOT = Path(__file__).parents[2]
SCENARIOS = ("quarantine", "bare", "restore", "elsewhere", "release", "package", "destroy", "append")


def run(*command: str | Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """With this code, from the root of the repository."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def killed(
    scenario: str, folder: Path, *, again: bool = False, act: str = "die", every: int = 1
) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.vault.kills", scenario, str(folder), str(every)]
    done = run(*command, "again" if again else "once", act, timeout_s=900)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_any_point_nothing_is_lost_and_nothing_doubled(scenario: str, tmp_path: Path) -> None:
    found = killed(scenario, tmp_path)
    assert found["failures"] == {}
    # Each write to the zip of a package is seen, too.
    assert found["points"] >= (200 if scenario == "package" else 15)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["quarantine", "restore", "destroy"])
def test_killed_once_more_while_it_recovers(scenario: str, tmp_path: Path) -> None:
    assert killed(scenario, tmp_path, again=True, every=2)["failures"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_disk_that_fills_up_at_any_point(scenario: str, tmp_path: Path) -> None:
    assert killed(scenario, tmp_path, act="no_room", every=2)["failures"] == {}


_LIMITED = """
import resource, sys
from pathlib import Path
from facewarden.errors import StorageError
from facewarden.vault import vault
from tests.vault.making import KEY
home, path = map(Path, sys.argv[1:])
with vault.opened(home, KEY) as opened:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        opened.quarantine(path, actor="ann", reason="r")
    except StorageError as error:
        print(error)
"""


def test_a_file_that_has_no_room_in_the_vault_stays(home: Path, desk: Path) -> None:
    path = desk / "big.mp4"
    path.write_bytes(bytes(200_000))
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(home), str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "File too large. Make room or raise the limit" in done.stdout
    assert path.read_bytes() == bytes(200_000)
    assert list(desk.iterdir()) == [path]
    assert vault.faults_of(home, KEY) == ()


def test_a_read_only_vault_is_said_and_the_file_stays(
    home: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.open

    def read_only(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if str(home) in str(path) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, os.strerror(30), str(path))
        return really(path, flags, *more, **options)

    content = picture.read_bytes()
    with vault.opened(home, KEY) as opened:
        monkeypatch.setattr(os, "open", read_only)
        with pytest.raises(StorageError, match=r"Read-only file system\. Make the place writable"):
            opened.quarantine(picture, actor="ann", reason="r")
        monkeypatch.undo()
    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(UsageError, match="Read-only file system"), vault.opened(home, KEY):
        pass
    monkeypatch.undo()
    assert picture.read_bytes() == content
    assert vault.faults_of(home, KEY) == ()


_READ_ONLY = """
import subprocess, sys
from pathlib import Path
from facewarden.errors import FacewardenError
from facewarden.vault import vault
from tests.vault.making import KEY
home, path, barred = map(Path, sys.argv[1:])
def said(take):
    try:
        take()
    except FacewardenError as error:
        print(type(error).__name__, error)
def afresh():
    with vault.opened(home, KEY) as opened:
        opened.quarantine(path, actor="ann", reason="r")
with vault.opened(home, KEY) as opened:
    subprocess.run(["mount", "-o", "bind,ro", barred, barred], check=True)
    said(lambda: opened.quarantine(path, actor="ann", reason="r"))
said(afresh)
print(vault.faults_of(home, KEY))
"""


def in_own_mounts(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run as root of a space of mounts that ends with it; whoever may not make one skips the test."""
    apart = ["unshare", "--map-root-user", "--mount"]
    try:
        subprocess.run([*apart, "mount", "-t", "tmpfs", "none", "/mnt"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs a space of mounts of its own: {error}")
    return run(*apart, *command, timeout_s=120)


def test_a_vault_on_a_file_system_that_is_read_only(home: Path, desk: Path, picture: Path) -> None:
    content, before = picture.read_bytes(), {path: path.read_bytes() for path in home.glob("*.json*")}
    done = in_own_mounts(sys.executable, "-c", _READ_ONLY, home, picture, home)
    assert done.returncode == 0, done.stderr
    meanwhile, afresh, faults = done.stdout.splitlines()
    assert meanwhile.startswith("StorageError ")
    assert meanwhile.endswith("Read-only file system. Make the place writable or choose another one.")
    assert afresh.startswith("UsageError ")
    assert "Read-only file system" in afresh
    assert faults == "()"
    assert list(desk.iterdir()) == [picture]
    assert picture.read_bytes() == content
    assert {path: path.read_bytes() for path in home.glob("*.json*")} == before
    assert vault.faults_of(home, KEY) == ()


def test_a_file_in_a_folder_that_is_read_only_stays(home: Path, desk: Path, picture: Path) -> None:
    content = picture.read_bytes()
    done = in_own_mounts(sys.executable, "-c", _READ_ONLY, home, picture, desk)
    assert done.returncode == 0, done.stderr
    meanwhile, afresh, faults = done.stdout.splitlines()
    for said in (meanwhile, afresh):
        assert said.startswith("StorageError ")
        assert "Read-only file system. Make the place writable" in said
    assert faults == "()"
    assert list(desk.iterdir()) == [picture]
    assert picture.read_bytes() == content
    assert [path for path in (home / "objects").rglob("*") if path.is_file()] == []
    assert vault.faults_of(home, KEY) == ()


def test_a_clock_that_goes_back_is_noted_and_keeps_the_order(tmp_path: Path, picture: Path) -> None:
    clock = Clock()
    home = make(tmp_path / "v", clock=clock)
    with vault.opened(home, KEY, clock=clock) as opened:
        number = opened.quarantine(picture, actor="ann", reason="r").number
        clock.move(days=-400)
        opened.restore(number, actor="ann", reason="r")
        clock.move(days=401)
        again = opened.quarantine(picture, actor="ann", reason="r").number
        entries = opened._store.log.entries
    times = [entry.content.at for entry in entries]
    assert times == sorted(times)
    day_ms = 24 * 60 * 60 * 1000
    assert [entry.content.behind_ms for entry in entries] == [None] * 3 + [400 * day_ms] * 2 + [None] * 2
    assert (number, again) == ("FW-2026-000001", "FW-2026-000002")
    assert vault.faults_of(home, KEY) == ()


_BUSY = """
import sys
from pathlib import Path
from facewarden.vault import vault
from tests.vault.making import KEY
home, desk, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for number in range(8):
    path = desk / f"{name}{number}"
    with vault.opened(home, KEY, wait_s=300) as opened:
        case = opened.quarantine(path, actor=name, reason="r").number
    if number % 2:
        with vault.opened(home, KEY, wait_s=300) as opened:
            opened.restore(case, actor=name, reason="r")
"""


def test_two_processes_at_once(home: Path, desk: Path) -> None:
    names = [f"{name}{number}" for name in "ab" for number in range(8)]
    for name in names:
        (desk / name).write_bytes(name.encode())
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _BUSY, str(home), str(desk), name],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        for name in "ab"
    ]
    for process in both:
        said = process.communicate(timeout=600)[1]
        assert process.returncode == 0, said
    assert vault.faults_of(home, KEY) == ()
    with vault.opened(home, KEY) as opened:
        cases = opened.cases()
        assert len({case.number for case in cases}) == 16
        for case in cases:
            path = Path(opened.facts(case.number).place)
            if case.state is State.RESTORED:
                assert path.read_bytes() == path.name.encode()
            else:
                content = b"".join(opened.read(case.number, actor="ann", reason="r"))
                assert content == path.name.encode()
                assert b"facewarden.stub" in path.read_bytes()
    assert sorted(path.name for path in desk.iterdir()) == sorted(names)


def test_a_folder_that_is_away_holds_up_its_case_only(
    home: Path, desk: Path, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facewarden.vault import quarantine

    content = picture.read_bytes()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(quarantine, "conclude", die)
    with vault.opened(home, KEY) as opened, pytest.raises(KeyboardInterrupt):
        opened.quarantine(picture, actor="ann", reason="r")
    monkeypatch.undo()
    desk.rename(tmp_path / "away")
    (tmp_path / "b.jpg").write_bytes(b"another")
    with vault.opened(home, KEY) as opened:
        assert opened.cases()[0].pending is not None
        with pytest.raises(UsageError, match=r"waits for the end of what was begun .*Bring back"):
            opened.restore("FW-2026-000001", actor="ann", reason="r")
        other = opened.quarantine(tmp_path / "b.jpg", actor="ann", reason="r")
        assert other.state is State.QUARANTINED
    assert [fault.kind for fault in vault.faults_of(home, KEY)] == ["unfinished"]
    (tmp_path / "away").rename(desk)
    with vault.opened(home, KEY) as opened:
        assert opened.case("FW-2026-000001").state is State.QUARANTINED
        assert b"".join(opened.read("FW-2026-000001", actor="ann", reason="r")) == content
    assert list(desk.iterdir()) == [picture]
    assert vault.faults_of(home, KEY) == ()
