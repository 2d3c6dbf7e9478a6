"""The command line as a person's shell sees it: real processes, real files."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pty
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from facewarden.report.schema import report_schema
from tests.cli.running import COMMAND, alive, descendants, environment, eventually, facewarden, started
from tests.hostile.test_refusals import png
from tests.media.making import picture_bytes, quadrants, write_clip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
root_only = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="needs root to become somebody else"
)


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Path]:
    """Where temporary files go; must be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of noise: more work than any test waits for."""
    noise = np.random.default_rng(1).integers(0, 255, (6, 360, 640, 3), np.uint8)
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    return write_clip(path, (noise[number % 6] for number in range(1200)), rate=2, options={"crf": "40"})


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A photo without a face."""
    path = tmp_path / "blank.png"
    path.write_bytes(picture_bytes(quadrants(64, 64), "PNG"))
    return path


def test_no_face_is_inconclusive(blank: Path, private: Path) -> None:
    done = facewarden("check", "--json", blank, private=private)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    jsonschema.Draft202012Validator(report_schema()).validate(report)
    assert (report["reason"], report["abstained"], report["path"]) == ("no_face", True, str(blank))


def test_standard_input(blank: Path, private: Path) -> None:
    with blank.open("rb") as pipe:
        piped = facewarden("check", "--json", "-", private=private, stdin=pipe)
    named = facewarden("check", "--json", blank, private=private)
    assert piped.returncode == named.returncode == 3
    one, other = json.loads(piped.stdout), json.loads(named.stdout)
    assert one["path"] == "-"
    assert {**one, "path": "", "elapsed_s": 0} == {**other, "path": "", "elapsed_s": 0}


def test_standard_input_beyond_the_limit(private: Path) -> None:
    done = facewarden("check", "-", "--max-bytes", "1kB", private=private, input=bytes(100_000))
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "[1/1] -: The file is larger than the limit. Please cut out the part that matters, or raise the limit."
    ]


def test_standard_input_that_is_empty(private: Path) -> None:
    done = facewarden("check", "--json", "-", private=private, input=b"")
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (2, "empty")


def lying_clip(path: Path, claimed_s: float) -> Path:
    """A clip of one second and a half whose header claims something else."""
    write_clip(path, [quadrants(64, 64)] * 45)
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3  # Matroska's duration, a float of milliseconds
    data[at : at + 8] = struct.pack(">d", 1000 * claimed_s)
    path.write_bytes(data)
    return path


def test_a_clip_longer_than_it_claims_is_cut_and_does_not_pass(tmp_path: Path, private: Path) -> None:
    path = lying_clip(tmp_path / "lying.mkv", claimed_s=0.1)
    done = facewarden("check", "--json", "--max-duration", "0.5", path, private=private)
    left_out = {each["id"] for each in json.loads(done.stdout)["not_checked"]}
    assert done.returncode == 3
    assert "left_out.truncated_at_limit" in left_out


def test_each_refusal_has_its_reason_and_one_sentence(tmp_path: Path, private: Path) -> None:
    made = {
        "zero.mp4": (b"", "empty"),
        "text.mp4": (b"Dear reader,\n" * 400, "not_media"),
        "bomb.png": (png(30_000, 30_000, bytes(20_000_000)), "too_many_pixels"),
        "wide.png": (png(100_000, 10, b""), "too_many_pixels"),
        "half.jpg": (picture_bytes(quadrants(64, 64), "JPEG")[:300], "damaged"),
    }
    expected = {"absent.mp4": "not_found", "folder": "no_media"}
    (tmp_path / "folder").mkdir()
    for name, (data, reason) in made.items():
        (tmp_path / name).write_bytes(data)
        expected[name] = reason
    lying_clip(tmp_path / "lying.mkv", claimed_s=1e6)
    expected["lying.mkv"] = "too_long"
    done = facewarden("check", "--json", *expected, private=private, cwd=tmp_path)
    assert done.returncode == 2
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["path"]: each["reason"] for each in reports} == expected
    said = done.stderr.decode().splitlines()
    assert len(said) == len(expected)
    assert all(line.endswith(".") for line in said)
    assert "Traceback" not in done.stderr.decode()


def test_each_refusal_alone_has_exit_code_2(tmp_path: Path, private: Path) -> None:
    (tmp_path / "text.mp4").write_text("words " * 100)
    done = facewarden("check", "text.mp4", private=private, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "[1/1] text.mp4: The file is neither a picture nor a video. Please check that you named the right one.\n"
    )


def test_names_that_are_no_text(tmp_path: Path, private: Path) -> None:
    names = [b"line\nbreak.png", b"\x1b[31mred.png", b"\xff\xfe.png"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(picture_bytes(quadrants(64, 64), "PNG"))
    done = facewarden(
        "check", "--json", "-o", "out.jsonl", "--html", "p.html", *names, private=private, cwd=tmp_path
    )
    assert done.returncode == 3
    lines = (tmp_path / "out.jsonl").read_bytes().decode("utf-8").splitlines()
    assert [json.loads(line)["path"] for line in lines] == [
        "line\nbreak.png",
        "\x1b[31mred.png",
        "\\udcff\\udcfe.png",
    ]
    told = facewarden("check", *names, private=private, cwd=tmp_path)
    assert b"\x1b[31mred" not in told.stdout + told.stderr + (tmp_path / "p.html").read_bytes()
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle(
    tmp_path: Path, blank: Path, long_clip: Path, private: Path, signum: signal.Signals, code: int
) -> None:
    outputs = ["--html", tmp_path / "page.html", "--sarif", tmp_path / "found.sarif"]
    before = set(tmp_path.iterdir())
    process = started("check", "--json", *outputs, blank, long_clip, private=private)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        # The decoder of the long clip is at work.
        assert eventually(lambda: bool(descendants(process.pid)))
        below = descendants(process.pid)
        os.kill(process.pid, signum)
        rest, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code
    assert json.loads(first)["path"] == str(blank)
    assert rest == b""
    *_, last = said.decode().splitlines()
    assert last.endswith("1 of 2 files had been checked.")
    assert "Traceback" not in said.decode()
    assert eventually(lambda: not alive(below), within_s=5)
    assert set(tmp_path.iterdir()) == before


def open_files(pid: int) -> list[str]:
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed in between
            names.append(str(entry.readlink()))
    return names


def test_stopped_while_standard_input_arrives(private: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, "check", "-"], env=environment(private), stdin=reading, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL),
    )  # fmt: skip
    os.close(reading)
    os.write(writing, bytes(5000))
    # It has begun to keep what arrives, in a file without a name.
    assert eventually(lambda: any(name.endswith("(deleted)") for name in open_files(process.pid)))
    process.terminate()
    _, said = process.communicate(timeout=20)
    os.close(writing)
    assert process.returncode == 143
    assert b"Traceback" not in said


def test_the_reader_leaves_early(blank: Path, private: Path, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(blank.read_bytes())
    files = " ".join(f"{number}.png" for number in range(3))
    command = f"set -o pipefail; {sys.executable} -m facewarden check -q --json {files} | true"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=environment(private),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")


@pytest.mark.parametrize("arguments", [["--json"], [], ["--json", "-o", "/dev/full"]])
def test_no_room_for_the_results(blank: Path, private: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "check", "-q", blank, *arguments],
            env=environment(private), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "No space left on device. Please choose another place." in done.stderr.decode()


def test_standard_output_that_is_closed(blank: Path, private: Path) -> None:
    command = f"{sys.executable} -m facewarden check -q {blank} >&-"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(private), stderr=subprocess.PIPE, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("facewarden: stdout cannot be written")


@root_only
def test_a_full_disk(tmp_path: Path, blank: Path, private: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        done = facewarden("check", "-q", blank, "--html", disk / "page.html", private=private)
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr.decode()


def obey_permissions() -> None:
    """Take from this process (and what it runs) root's right to read and write everything."""
    drop_from_bounding_set, override, search = 24, 1, 2
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (override, search):
        libc.prctl(drop_from_bounding_set, capability, 0, 0, 0)


def test_folders_and_outputs_without_permission(tmp_path: Path, blank: Path, private: Path) -> None:
    inbox, shut, closed = tmp_path / "inbox", tmp_path / "inbox" / "shut", tmp_path / "closed"
    shut.mkdir(parents=True)
    closed.mkdir()
    for place in (inbox / "blank.png", inbox / "secret.png", shut / "hidden.png"):
        place.write_bytes(blank.read_bytes())
    (inbox / "secret.png").chmod(0)
    shut.chmod(0)
    closed.chmod(0o500)
    ask = subprocess.run(
        ["cat", inbox / "secret.png"], capture_output=True, preexec_fn=obey_permissions, check=False
    )
    if ask.returncode == 0:
        pytest.skip("this system lets root read everything and does not let it be taken away")
    done = facewarden("check", "--json", inbox, private=private, preexec_fn=obey_permissions)
    page = closed / "page.html"
    refused = facewarden("check", inbox, "--html", page, private=private, preexec_fn=obey_permissions)
    shut.chmod(0o700)
    assert done.returncode == 2
    reasons = {Path(each["path"]).name: each["reason"] for each in map(json.loads, done.stdout.splitlines())}
    assert reasons == {"blank.png": "no_face", "secret.png": "not_readable", "shut": "folder_not_readable"}
    assert f"{shut}: The folder may not be read" in done.stderr.decode()
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert f"{page} cannot be written: Permission denied" in refused.stderr.decode()


def test_a_bar_on_a_terminal(blank: Path, private: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "check", blank, "absent.jpg"], env=environment(private, TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # how a terminal says that the other side has left
            break
        if not chunk:
            break
        seen += chunk
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    text = seen.decode()
    assert process.returncode == 2
    assert "[1/2]" in text
    assert "%" in text
    assert "absent.jpg: The file was not found." in text
    assert b"\x1b" not in out


def test_help_imports_nothing_heavy(private: Path) -> None:
    heavy = {
        "numpy",
        "openvino",
        "PIL",
        "av",
        "pydantic",
        "rich",
        "jinja2",
        "dlib",
        "torch",
        "facewarden.checker",
    }
    code = (
        "import sys; from facewarden.cli.main import run; code = run(sys.argv[1:]); "
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    for arguments in (["--help"], ["check", "--help"], ["lab", "--help"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment(private),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr.decode()) == (0, "[]\n")
