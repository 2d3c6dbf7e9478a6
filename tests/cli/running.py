"""The command line as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "facewarden"]


def environment(private: Path, **more: str) -> dict[str, str]:
    """An environment in English whose temporary files lie in `private`."""
    private.mkdir(exist_ok=True)
    return {**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": str(private), **more}


def facewarden(
    *arguments: str | Path | bytes, private: Path, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run to the end and capture both streams."""
    more = options.pop("env", {})
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(private, **more),
        capture_output=True,
        timeout=options.pop("timeout", 120),
        check=False,
        **options,
    )


def started(*arguments: str | Path, private: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start in a session of its own, with the signals that a shell's foreground job would have."""

    def default_signals() -> None:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)

    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(private),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=default_signals,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def descendants(pid: int) -> set[int]:
    """The processes below `pid` (Linux)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    grown = {pid}
    while grown:
        grown = {child for child, parent in parents.items() if parent in grown} - found
        found |= grown
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of `pids` that still run; a dead one that was not reaped does not."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            running.add(pid)
    return running


def eventually(condition: Callable[[], bool], *, within_s: float = 30.0) -> bool:
    """Whether `condition` becomes true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
