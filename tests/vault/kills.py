"""Kills vaults at work: ``python -m tests.vault.kills SCENARIO FOLDER EVERY again|once die|no_room``.

Each run of the scenario is a forked child that kills itself (SIGKILL) at one point: before, within or after the n-th
call that changes something on the disk. The next process must find nothing lost and nothing doubled. With AGAIN the
recovery is killed as well, once, before it may come to its end. Prints a JSON object: how many points there are, and
what went wrong.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facewarden.errors import FacewardenError
from facewarden.vault import vault
from tests.vault.making import KEY, make

CONTENT = b"\xff\xd8 a picture of nobody " * 200
REPORT = b'{"level": "likely"}'
CALLS = (
    "open",
    "write",
    "pwrite",
    "fsync",
    "rename",
    "replace",
    "link",
    "unlink",
    "ftruncate",
    "mkdir",
    "utime",
    "chmod",
)
NUMBER = "FW-2026-000001"


class Killer:
    """Counts the points that a process passes, and ends it at one of them."""

    def __init__(self, point: int, act: Callable[[], None]) -> None:
        self.point, self.act, self.passed = point, act, 0
        for name in CALLS:
            setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & (os.O_CREAT | os.O_TRUNC):
                return call(*arguments, **options)
            self._pass()
            if name in ("write", "pwrite"):
                half = len(arguments[1]) // 2
                if self.passed + 1 == self.point:
                    call(arguments[0], arguments[1][:half], *arguments[2:])
                self._pass()
            result = call(*arguments, **options)
            self._pass()
            return result

        return watched

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self.point:
            self.act()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_room() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def prepare(folder: Path, scenario: str) -> None:
    """A vault, a file, and for all but quarantines the file in the vault, with a report."""
    make(folder / "vault")
    (folder / "desk").mkdir()
    (folder / "desk" / "a.jpg").write_bytes(CONTENT)
    if scenario not in ("quarantine", "bare"):
        with vault.opened(folder / "vault", KEY) as opened:
            opened.quarantine(folder / "desk" / "a.jpg", actor="ann", reason="forged", report=REPORT)


def work(folder: Path, scenario: str) -> None:
    with vault.opened(folder / "vault", KEY) as opened:
        said = {"actor": "bob", "reason": "as told"}
        match scenario:
            case "quarantine":
                opened.quarantine(folder / "desk" / "a.jpg", **said, report=REPORT)
            case "bare":
                opened.quarantine(folder / "desk" / "a.jpg", **said)
            case "restore":
                opened.restore(NUMBER, **said)
            case "elsewhere":
                opened.restore(NUMBER, **said, to=folder / "desk" / "b.jpg")
            case "release":
                opened.release(NUMBER, **said, to=folder / "desk" / "copy.jpg")
            case "package":
                opened.package(NUMBER, **said, to=folder / "desk" / "p.zip", versions={"facewarden": "1"})
            case "destroy":
                opened.destroy(NUMBER, **said, confirmation=NUMBER)
            case "append":
                opened.keep_until(NUMBER, None, **said)
            case "recover":
                pass
            case _:
                raise ValueError(scenario)


def complaints(folder: Path, scenario: str) -> list[str]:
    """What is wrong after a process died and another one opened the vault."""
    with vault.opened(folder / "vault", KEY) as opened:
        cases = opened.cases()
        head = opened.head
        held = [case for case in cases if case.state.held]
        contents = [b"".join(opened._store.objects.read(case.address)) for case in held]
        reports = [opened.report(case.number) for case in held]
    said = [f"verify: {fault}" for fault in vault.faults_of(folder / "vault", KEY)]
    if any(case.pending for case in cases):
        said.append("something is still pending")
    desk = {path.name: path.read_bytes() for path in (folder / "desk").iterdir()}
    outside = {name for name, data in desk.items() if data == CONTENT} - {"copy.jpg"}
    stubs = {name for name, data in desk.items() if b"facewarden.stub" in data}
    zips = {name for name in desk if name.endswith(".zip")}
    if others := set(desk) - outside - stubs - zips - {"copy.jpg"}:
        said.append(f"left over: {sorted(others)}")
    destroyed = scenario == "destroy" and not held
    if len(outside) + len(held) != (0 if destroyed else 1):
        said.append(f"the file is in {len(outside)} places outside and {len(held)} inside")
    if held and (contents != [CONTENT] or stubs != {"a.jpg"}):
        said.append(f"what is held is not what was taken, or its stub is not there: {sorted(stubs)}")
    if not held and not destroyed and stubs:
        said.append("a stub is left of what the vault does not hold")
    if "copy.jpg" in desk and desk["copy.jpg"] != CONTENT:
        said.append("a copy is not whole")
    for name in zips:
        with zipfile.ZipFile(folder / "desk" / name) as file:
            if file.testzip() is not None or "FW-2026-000001/tagmanifest-sha256.txt" not in file.namelist():
                said.append("a package is not whole")
    kept = None if scenario == "bare" else REPORT
    if reports != [kept] * len(held):
        said.append("the report that was kept is not the one that came with the file")
    objects = [path for path in (folder / "vault" / "objects").rglob("*") if path.is_file()]
    if len(objects) != len(held) * (1 if kept is None else 2):
        said.append(f"{len(objects)} objects for {len(held)} cases")
    with vault.opened(folder / "vault", KEY) as opened:
        if opened.head != head:
            said.append("opening it again changes it again")
    return said


def forked(job: Callable[[], None]) -> int | None:
    """Do `job` in a child; its signal, or None when it came to an end."""
    pid = os.fork()
    if pid == 0:
        try:
            job()
            os._exit(0)
        except FacewardenError:
            os._exit(3)
        except BaseException as error:  # noqa: BLE001 - a child must not return from here
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status) == 1:
        raise AssertionError("a child failed with an error that is none of ours")
    return None


def main(scenario: str, folder: Path, every: int, again: bool, act: Callable[[], None]) -> dict[str, Any]:
    chance = random.Random(scenario)
    place, template = folder / "place", folder / "template"
    place.mkdir(parents=True)
    prepare(place, scenario)
    place.rename(template)
    failures: dict[str, list[str]] = {}
    counted = folder / "count"

    def count() -> None:
        killer = Killer(0, die)
        work(place, scenario)
        counted.write_text(str(killer.passed))

    shutil.copytree(template, place)
    assert forked(count) is None
    if wrong := complaints(place, scenario):
        failures["whole"] = wrong
    points = int(counted.read_text())
    for point in range(1, points + 1, every):
        shutil.rmtree(place)
        shutil.copytree(template, place)

        def at_work(point: int = point) -> None:
            Killer(point, act)
            work(place, scenario)

        died = forked(at_work)
        if act is die and died != signal.SIGKILL:
            failures[str(point)] = ["it did not die"]
            continue
        later = 0
        if again:
            later = chance.randint(1, 30)

            def recovering(later: int = later) -> None:
                Killer(later, die)
                work(place, "recover")

            forked(recovering)
        if wrong := complaints(place, scenario):
            failures[f"{point}/{later}"] = wrong
    return {"points": points, "failures": failures}


if __name__ == "__main__":
    _, scenario_, folder_, every_, again_, act_ = sys.argv
    found = main(
        scenario_, Path(folder_), int(every_), again_ == "again", {"die": die, "no_room": no_room}[act_]
    )
    json.dump(found, sys.stdout)
