"""A store of people on disks that are full or read-only, with processes that are killed or two at once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from people import collins, hopper
from tests.cli.running import COMMAND, alive, descendants, environment, eventually, facewarden
from tests.protect.making import PASSPHRASE, make

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="mounts disks, and looks at processes in /proc"),
]
AGREED = ("--consent", "self", "--purpose", "tests")


class Place:
    """Photos, and a folder for temporary files."""

    def __init__(self, root: Path) -> None:
        self.private = root / "tmp"
        self.mine, self.other = root / "mine.jpg", root / "other.jpg"
        for path, picture in ((self.mine, collins), (self.other, hopper)):
            Image.fromarray(picture()).convert("RGB").save(path, quality=92)

    def run(self, store: Path, command: str, *words: str | Path) -> tuple[int, str, str]:
        ran = facewarden(
            "protect",
            command,
            *words,
            "--people",
            store,
            private=self.private,
            env={"FACEWARDEN_PASSPHRASE": PASSPHRASE},
        )
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    def begun(self, store: Path, *words: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, "protect", *words, "--people", store],
            env=environment(self.private, FACEWARDEN_PASSPHRASE=PASSPHRASE),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def left_over(self) -> list[Path]:
        return list(self.private.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@contextlib.contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def content(store: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to mount a disk")
def test_a_disk_that_is_full_then_read_only(tmp_path: Path, place: Place) -> None:
    with disk(tmp_path / "disk", "size=96k") as room:
        store = make(room / "people")
        assert place.run(store, "enrol", "Eileen", place.mine, *AGREED)[0] == 0
        before = content(store)
        (room / "filler").write_bytes(b"x")
        with contextlib.suppress(OSError), (room / "filler").open("ab") as filler:
            while True:
                filler.write(bytes(4096))
                filler.flush()
        code, out, err = place.run(store, "enrol", "Grace", place.other, *AGREED)
        assert (code, out) == (2, "")
        assert "No space left on device. Make room, then run the command again." in err
        assert content(store) == before
        # Withdrawing needs room, too; it says so, and she is found until it is done.
        assert place.run(store, "withdraw", "Eileen")[0] == 2
        assert content(store) == before
        (room / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,ro", room], check=True)
        for words in (
            ("enrol", "Grace", place.other, *AGREED),
            ("match", place.mine),
            ("list",),
        ):
            code, out, err = place.run(store, *words)
            assert (code, out) == (2, ""), words
            assert "Read-only file system. Make it writable or name another folder." in err
        assert content(store) == before
        subprocess.run(["mount", "-o", "remount,rw", room], check=True)
        assert place.run(store, "verify")[:2] == (0, "1 person, 0 lists: ok\n")
    assert place.left_over() == []


def test_killed_while_a_photo_is_looked_at(tmp_path: Path, place: Place) -> None:
    store = make(tmp_path / "people")
    before = content(store)
    process = place.begun(store, "enrol", "Eileen", place.mine, place.other, *AGREED)
    assert eventually(lambda: bool(descendants(process.pid)))
    below = descendants(process.pid)
    process.kill()
    process.communicate()
    assert eventually(lambda: not alive(below), within_s=5)
    assert place.left_over() == []
    assert place.run(store, "list") == (0, "", "Nobody is enrolled, and there is no list of others.\n")
    assert {path: data for path, data in content(store).items() if data} == {
        path: data for path, data in before.items() if data
    }
    assert place.run(store, "enrol", "Eileen", place.mine, *AGREED)[0] == 0


def test_two_commands_enrol_at_once(tmp_path: Path, place: Place) -> None:
    store = make(tmp_path / "people")
    wanted = (("Eileen", place.mine), ("Grace", place.other), ("Grace", place.other))
    running = [place.begun(store, "enrol", name, photo, *AGREED) for name, photo in wanted]
    ended = [(process.communicate(timeout=120)[1].decode(), process.returncode) for process in running]
    assert ended[0][1] == 0, ended[0][0]
    assert sorted(code for _, code in ended[1:]) == [0, 2]
    (said,) = [err for err, code in ended if code]
    assert "Somebody is enrolled as 'Grace' already." in said
    code, out, _ = place.run(store, "list")
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["Eileen", "Grace"])
    assert place.run(store, "verify")[:2] == (0, "2 people, 0 lists: ok\n")
