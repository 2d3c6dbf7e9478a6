"""When a file was made, as its system tells."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from facewarden.watch.birth import born_ns


def born(path: Path) -> int | None:
    with path.open("rb") as file:
        return born_ns(file.fileno())


def test_it_is_what_stat_says_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a")
    found = born(path)
    said = subprocess.run(
        ["stat", "-c", "%W", str(path)], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()
    if said in ("0", "-"):
        assert found is None
        pytest.skip("the file system does not tell when a file was made")
    assert found is not None
    assert found // 10**9 == int(said)
    assert abs(found - time.time_ns()) < 60 * 10**9
    path.write_bytes(b"another")
    os.utime(path, (1, 1))
    path.rename(tmp_path / "b")
    assert born(tmp_path / "b") == found


class _Library:
    """A C library that says what it was told to; or one without the call."""

    def __init__(self, answer: int, said: bytes) -> None:
        self._answer, self._said = answer, said

    def statx(self, descriptor: int, path: bytes, flags: int, mask: int, buffer: Any) -> int:
        buffer.raw = self._said.ljust(256, b"\0")
        return self._answer


@pytest.mark.parametrize("library", [object(), _Library(-1, b""), _Library(0, b"\xff\x07\0\0")])
def test_where_nothing_is_told_nothing_is_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: object
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    (tmp_path / "a").touch()
    assert born(tmp_path / "a") is None
