"""Being asked to end: a check is broken off and put back, what is being done is finished."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Stopped(BaseException):
    """Raised where a check is under way."""


class Stopping:
    """Whether the watch is to end. `ask` is called by a signal's handler, in the main thread, where the watch runs."""

    def __init__(self) -> None:
        self.woke = threading.Event()
        self._over = threading.Event()
        self._asked = False
        self._breakable = False

    @property
    def asked(self) -> bool:
        return self._asked

    def ask(self) -> None:
        """End soon: at once within `breakable`, else when what is under way is done."""
        self._asked = True
        self._over.set()
        self.woke.set()
        if self._breakable:
            self._breakable = False
            raise Stopped

    @contextlib.contextmanager
    def breakable(self) -> Iterator[None]:
        """The block may be broken off. Raises Stopped."""
        self._breakable = True
        try:
            if self._asked:
                raise Stopped
            yield
        finally:
            self._breakable = False

    def wait(self, seconds: float) -> None:
        """Wait so long, or until there is news."""
        if not self._asked:
            self.woke.wait(max(0.0, seconds))
        if not self._asked:
            self.woke.clear()

    def pause(self, seconds: float) -> None:
        """Wait so long, or until the watch is to end."""
        self._over.wait(seconds)
