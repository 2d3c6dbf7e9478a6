from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facewarden.lab.workers import workers

PARENT = """
import os, sys, time
from facewarden.lab.workers import workers

if __name__ == "__main__":
    with workers(2) as pool:
        print(*{pool.submit(os.getpid).result() for _ in range(20)}, flush=True)
        for _ in range(2):
            pool.submit(time.sleep, 300)
        time.sleep(300)
"""


def test_they_work() -> None:
    with workers(1) as pool:
        assert pool.submit(abs, -3).result() == 3


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_they_end_with_the_process_that_they_work_for(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(number) for number in parent.stdout.readline().split()]
        assert children
        assert all(is_alive(child) for child in children)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    patience_s = time.monotonic() + 20
    while any(is_alive(child) for child in children) and time.monotonic() < patience_s:
        time.sleep(0.05)
    assert not any(is_alive(child) for child in children)


def is_alive(process: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
