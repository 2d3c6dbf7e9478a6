"""Work beside the caller: jobs that run one after another on a thread of their own, a bounded few ahead.

The networks and the resampling let go of Python's lock, so that a second thread keeps a second core busy while
the first follows the faces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_MOST_WAITING = 2


class Beside:
    """Runs jobs in the order in which they came. What a job raises is raised by a later `put` or by `settle`."""

    def __init__(self, name: str) -> None:
        """`name` is that of the thread, which is started with the first job."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: deque[Future[None]] = deque()

    def put(self, job: Callable[[], None]) -> None:
        """Have `job` done; blocks while two are not done yet, so that no work piles up."""
        while self._waiting and (self._waiting[0].done() or len(self._waiting) >= _MOST_WAITING):
            self._next()
        self._waiting.append(self._pool.submit(job))

    def settle(self) -> None:
        """Return when all jobs are done."""
        while self._waiting:
            self._next()

    def _next(self) -> None:
        try:
            self._waiting.popleft().result()
        except BaseException:
            # What came after it must not run on what it left behind.
            for job in self._waiting:
                job.cancel()
            self._waiting.clear()
            raise
