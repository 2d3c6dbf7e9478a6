"""A watch in a process of its own: ``python -m tests.watch.watcher ROOT POINT LIMIT``.

It kills itself (SIGKILL) at the POINT-th moment at which something is written down or done, 0 for never; files may grow
to LIMIT bytes only, 0 for any size. Prints how many moments there were.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facewarden.acting.lines import Lines
from facewarden.watch import state as states
from tests.vault import making
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


def main(root: Path, point: int, limit: int) -> None:
    desk = Desk(root)
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    moments = Moments(point)
    Lines.append = moments.around(Lines.append)  # type: ignore[method-assign]
    os.rename = moments.around(os.rename)  # type: ignore[assignment]
    connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # type: ignore[override]
            if statement.lstrip().startswith(("SELECT", "PRAGMA")):
                return super().execute(statement, *values)
            return moments.around(super().execute)(statement, *values)  # type: ignore[no-any-return]

    states.sqlite3.connect = lambda *a, **o: connect(*a, factory=Connection, **o)  # type: ignore[attr-defined]
    ran = desk.once()
    sys.stdout.write(f"{moments.passed} {ran.tallies.judged}\n")


if __name__ == "__main__":
    assert making.KEY
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
