"""Child processes that work for the lab, and end with the process that they work for."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def workers(processes: int) -> ProcessPoolExecutor:
    """A pool of so many processes.

    Not by fork: the inference runtime and its threads would not survive that. If this process is killed, its workers
    end as well; an executor by itself leaves them at work.
    """
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    threading.Thread(target=_wait_for_its_end, name="facewarden-parent", daemon=True).start()


def _wait_for_its_end() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
