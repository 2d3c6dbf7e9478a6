"""Ctrl-C and being asked to end: raised where the work is, so that every `with` block tidies up."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE_S = 3.0


class Interrupted(BaseException):
    """A signal asked this process to end. Not an `Exception`: no handler of errors may swallow it.

    Attributes:
        signum: which signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells report it: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.signum

    @property
    def by_person(self) -> bool:
        return self.signum == signal.SIGINT

    @staticmethod
    def exit_code_of_ctrl_c() -> int:
        return 128 + signal.SIGINT


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within the block, the signals that end a process raise `Interrupted` in the main thread.

    A second one is let pass for a few seconds, so that an impatient Ctrl-C does not disturb the tidying up.
    Signals that the caller chose to ignore (``nohup``) stay ignored.
    """
    first_s: float | None = None

    def end(signum: int, _: FrameType | None) -> None:
        nonlocal first_s
        now_s = time.monotonic()
        if first_s is None or now_s - first_s > _PATIENCE_S:
            first_s = now_s
            raise Interrupted(signum)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def waiting_for(readable: int) -> Iterator[Callable[[], None]]:
    """A function that waits until the descriptor `readable` has something to read, or a signal has come.

    A signal that arrives just before a blocking read starts does not interrupt that read: Python notes it and
    looks at it only when the read returns, which may be never. A descriptor that the signal itself makes readable
    has no such gap. To be used in the main thread, where signals raise; elsewhere, and where pipes cannot be waited
    for (Windows), the function returns at once.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        yield lambda: _wait(readable, woken)
    finally:
        signal.set_wakeup_fd(before)
        os.close(wake)
        os.close(woken)


def _wait(readable: int, woken: int) -> None:
    poll = select.poll()
    for descriptor in (readable, woken):
        poll.register(descriptor, select.POLLIN)
    while readable not in (ready := [descriptor for descriptor, _ in poll.poll()]):
        # Handlers have run by now; one that did not raise wants the waiting to go on.
        if woken in ready:
            os.read(woken, 1 << 10)
