"""One process at a time in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.sealed.sole import alone

_HOLD = """
import sys, time
from pathlib import Path
from facewarden.sealed.sole import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="Another process is at work in"), alone(folder):
            pass
        first.kill()
        first.wait()
    with alone(folder):
        pass


def test_a_folder_is_free_again_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), alone(tmp_path):
        raise ValueError("mine")
    with alone(tmp_path):
        pass


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = pytest.raises(UsageError, match=r"could not be written: (File exists|Not a directory)")
    with said, alone(tmp_path / "file" / "run"):
        pass


def test_who_waits_comes_in_when_the_other_leaves(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    short = _HOLD.replace("600", "0.5")
    with subprocess.Popen([sys.executable, "-c", short, str(folder)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(UsageError), alone(folder):
            pass
        with alone(folder, wait_s=60):
            assert first.wait(60) == 0


def test_locks_of_other_names_keep_nobody_out(tmp_path: Path) -> None:
    with (
        alone(tmp_path),
        alone(tmp_path, name=".other.lock"),
        pytest.raises(UsageError),
        alone(tmp_path, name=".other.lock"),
    ):
        pass
