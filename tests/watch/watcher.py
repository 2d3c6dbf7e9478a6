"""Watches in processes of their own: ``python -m tests.watch.watcher RUNS``.

RUNS is a JSON list of objects with ``root``, ``point`` and ``limit``. Each run is a forked child, one after another; it
kills itself (SIGKILL) at the point-th moment at which something is written down or done, 0 for never; files may grow to
limit bytes only, 0 for any size. Prints a JSON list: [how it ended (minus the signal), how many moments there were].
"""

from __future__ import annotations

import functools
import json
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facewarden.acting.lines import Lines
from facewarden.errors import StorageError
from tests.watch.desk import Desk


class Moments:
    """Counts, and ends the process at one of them."""

    def __init__(self, point: int) -> None:
        self.point, self.passed = point, 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.point:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self()
            result = call(*arguments, **options)
            self()
            return result

        return watched


def work(root: Path, point: int, limit: int) -> int:
    """One run; how many moments it passed."""
    desk = Desk(root)
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    moments = Moments(point)
    Lines.append = moments.around(Lines.append)  # type: ignore[method-assign]
    os.rename = moments.around(os.rename)
    connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # type: ignore[override]
            if statement.lstrip().startswith(("SELECT", "PRAGMA")):
                return super().execute(statement, *values)
            return moments.around(super().execute)(statement, *values)  # type: ignore[no-any-return]

    sqlite3.connect = functools.partial(connect, factory=Connection)
    desk.once()
    return moments.passed


def forked(root: Path, point: int, limit: int) -> tuple[int, int]:
    """How a run ended, and its moments."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.write(writing, str(work(root, point, limit)).encode())
            code = 0
        except StorageError:
            code = 2
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as said:
        moments = int(said.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), moments


if __name__ == "__main__":
    runs = json.loads(sys.argv[1])
    ended = [forked(Path(run["root"]), run.get("point", 0), run.get("limit", 0)) for run in runs]
    sys.stdout.write(json.dumps(ended))
