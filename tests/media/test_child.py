from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import facewarden
from facewarden.errors import MediaError
from facewarden.media import Limits, open_media, run_sandboxed
from facewarden.media import child as child_room
from facewarden.media.child import Child
from facewarden.media.opening import Media
from facewarden.media.refusal import Refusal
from facewarden.media.wire import Header, Kind
from tests.media.making import greys, picture_bytes, quadrants, write_clip

SOURCES = str(Path(facewarden.__file__).parents[1])
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextlib.contextmanager
def impostor(code: str, *, max_wait_s: float = 10.0) -> Iterator[Child]:
    """A child that runs `code` in place of the worker."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import os, sys, time, signal\n{code}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    child = Child(process, Limits(max_wait_s=max_wait_s))
    try:
        yield child
    finally:
        child.end()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.write(1, b'Segmentation fault, and other chatter' * 10)", "decoder_died"),
        ("sys.exit(1)", "decoder_died"),
        ("os.write(1, b'FcWd')", "decoder_died"),
        ("os._exit(77)", "out_of_memory"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "out_of_memory"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "decoder_died"),
        ("os.kill(os.getpid(), signal.SIGABRT)", "decoder_died"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "too_slow"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_every_death_has_its_reason(code: str, reason: str) -> None:
    with impostor(code) as child, pytest.raises(Refusal) as refused:
        child.receive()
    assert refused.value.reason == reason


def test_silence_is_too_slow() -> None:
    with impostor("time.sleep(60)", max_wait_s=0.6) as child, pytest.raises(Refusal) as refused:
        child.receive()
    assert refused.value.reason == "too_slow"


def test_a_reader_who_takes_his_time_is_no_silence() -> None:
    header = Header(Kind.BEAT, fraction=0.5).pack()
    with impostor(
        f"os.write(1, {header!r}); time.sleep(1.5); os.write(1, {header!r})", max_wait_s=4.0
    ) as child:
        assert child.receive()[0].fraction == 0.5
        time.sleep(0.5)
        assert child.receive()[0].kind is Kind.BEAT


@pytest.mark.parametrize(
    "lie",
    [
        Header(Kind.FRAME, 100_000, 100_000, 300_000),
        Header(Kind.FRAME, 10, 10, 29),
        Header(Kind.FRAME, 10, 10, 1 << 30),
        Header(Kind.FRAME, 0, 10, 30),
        Header(Kind.END, stride=1 << 31),
        Header(Kind.FRAME, 10, 10, 30, time_s=float("nan")),
    ],
)
def test_frames_that_cannot_be_are_refused(lie: Header, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(picture_bytes(quadrants(8, 8), "PNG"))
    with open_media(path) as honest:
        facts = honest.facts
    with impostor(f"os.write(1, {lie.pack()!r}); time.sleep(5)") as child:
        media = Media(facts, 1.0, child, Limits())
        with pytest.raises(MediaError) as refused:
            next(media.frames())
    assert refused.value.reason == "decoder_died"


@linux
def test_the_child_is_confined_and_gone_afterwards(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", greys(50, 640, 480))
    with open_media(path, frames_per_s=None) as media:
        next(media.frames())
        pid = media._child._process.pid
        limits = Path(f"/proc/{pid}/limits").read_text()
        status = Path(f"/proc/{pid}/status").read_text()
        descriptors = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]
        assert os.getpgid(pid) == pid
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert rows["Max file size"] == "0"
    assert rows["Max core file size"] == "0"
    assert int(rows["Max open files"]) <= 64
    assert int(rows["Max address space"]) == Limits().memory_bytes
    assert rows["Max cpu time"] != "unlimited"
    assert "NoNewPrivs:\t1" in status
    assert {each for each in descriptors if not each.startswith(("pipe:", "/dev/null"))} == {str(path)}
    assert not Path(f"/proc/{pid}").exists()


@linux
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_no_child_survives_its_parent(tmp_path: Path, ending: signal.Signals) -> None:
    path = write_clip(tmp_path / "clip.mp4", greys(50, 640, 480))
    code = f"""
        import sys, time
        sys.path.insert(0, {SOURCES!r})
        from facewarden.media import open_media
        with open_media({str(path)!r}, frames_per_s=None) as media:
            next(media.frames())
            print(media._child._process.pid, flush=True)
            time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # A test run in the background ignores Ctrl-C, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.send_signal(ending)
        parent.wait(10)
    deadline = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_child_says_nothing_to_the_user(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(picture_bytes(quadrants(64, 64), "JPEG")[:300])
    with contextlib.suppress(MediaError), open_media(path) as media:
        list(media.frames())
    assert capfd.readouterr() == ("", "")


def test_a_folder_of_the_same_name_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "PIL"
    trap.mkdir()
    (trap / "__init__.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    (tmp_path / "picture.png").write_bytes(picture_bytes(quadrants(8, 8), "PNG"))
    with open_media("picture.png") as media:
        assert len(list(media.frames())) == 1


@pytest.mark.parametrize(
    "job", ["os:getcwd", "facewarden.media:a.b", "facewarden:", "facewarden.x y:z", "facewarden"]
)
def test_only_functions_of_this_package_are_jobs(job: str) -> None:
    with pytest.raises(ValueError, match=r"facewarden\.module:function"):
        run_sandboxed(job, {})


def test_a_job_that_fails_is_a_media_error() -> None:
    with pytest.raises(MediaError) as refused:
        run_sandboxed("facewarden.media.sniff:container_of", {"not": "bytes"})
    assert refused.value.reason == "decoder_died"


def test_the_pipe_is_widened_where_the_system_lets_us(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("pipes have a size only on Linux")
    import fcntl

    path = write_clip(tmp_path / "clip.mp4", greys(3))
    with open_media(path) as media:
        assert fcntl.fcntl(media._child._pipe.fileno(), fcntl.F_GETPIPE_SZ) in (65_536, child_room.PIPE_BYTES)
