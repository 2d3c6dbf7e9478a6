"""Reading ahead: the next items of a stream are fetched while the caller still works on the last one.

The pipe from the decoding process holds less than a frame, so without this decoder and reader would take turns
instead of working side by side: measured on two cores, about a fifth of a check's time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Iterator[T], Generic[T]):
    """`source`, read on a thread of its own that is at most `depth` + 1 items ahead.

    What the source raises is raised where the items before it have been taken. `close` must be called, after
    whatever the source waits for has been stopped.
    """

    def __init__(self, source: Iterator[T], *, depth: int) -> None:
        self._source = source
        self._ready: Queue[tuple[T] | BaseException] = Queue(depth)
        self._closed = False
        self._thread: Thread | None = None

    def __next__(self) -> T:
        if self._thread is None:
            # Not before the first item is wanted: many a file is opened for its facts alone.
            self._thread = Thread(target=self._read, name="facewarden-ahead", daemon=True)
            self._thread.start()
        if self._closed:
            raise StopIteration
        item = self._ready.get()
        if isinstance(item, BaseException):
            self._closed = True
            raise item
        return item[0]

    def close(self) -> None:
        """End the thread; may be called twice."""
        self._closed = True
        while self._thread is not None and self._thread.is_alive():
            # It may be waiting for room.
            with contextlib.suppress(Empty):
                self._ready.get_nowait()
            self._thread.join(0.01)

    def _read(self) -> None:
        try:
            for item in self._source:
                self._ready.put((item,))
                if self._closed:
                    return
        except Exception as error:  # noqa: BLE001 - it is raised where the caller takes the items
            self._ready.put(error)
        else:
            self._ready.put(StopIteration())
