"""What the system tells of changes in the watched folders. These are hints: some get lost, and scans find the rest."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from watchfiles import watch

from facewarden.watch.item import Folder

log = logging.getLogger(__name__)

_LOOK_MS = 1000
_STEP_MS = 50
_GATHER_MS = 200
_AGAIN_S = 5.0


class Events:
    """Listens in a thread of its own.

    Args:
        most: paths that are kept until they are taken; of more of them only the fact is kept.
    """

    def __init__(self, folders: Sequence[Folder], *, woke: threading.Event, most: int) -> None:
        self._folders, self._woke, self._most = folders, woke, most
        self._paths: dict[Path, None] = {}
        self._lost = False
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="facewarden-events", daemon=True)

    def __enter__(self) -> Events:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def taken(self) -> tuple[list[Path], bool]:
        """Paths at which something changed, and whether more was lost, so that a scan is due."""
        with self._lock:
            paths, lost = list(self._paths), self._lost
            self._paths, self._lost = {}, False
        return paths, lost

    def _listen(self) -> None:
        told = False
        while not self._end.is_set():
            try:
                self._listen_once()
            except Exception as error:  # noqa: BLE001 - whatever the system says, scans go on
                if not told:
                    log.warning(
                        "changes are found by scans alone, as the system does not tell of them (%s). Where it says "
                        "that there are too many watches, raise fs.inotify.max_user_watches.",
                        error,
                    )
                told = True
            self._lose()
            self._end.wait(_AGAIN_S if not self._present() else 0.0)

    def _listen_once(self) -> None:
        """Until a folder goes away or comes back."""
        present = self._present()
        if not present:
            return
        first = True
        for changes in watch(
            *present.values(),
            watch_filter=None,
            debounce=_GATHER_MS,
            step=_STEP_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            stop_event=self._end,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if first:
                self._lose()  # what came before the system listened
                first = False
            self._keep(Path(path) for _, path in changes)
            if self._present().keys() != present.keys():
                return

    def _present(self) -> dict[tuple[int, int], Path]:
        """The folders that are there, by their identity: one that was made anew has to be listened to anew."""
        present = {}
        for folder in self._folders:
            try:
                found = os.stat(folder.root)  # noqa: PTH116 - one call
            except OSError:
                continue
            present[found.st_dev, found.st_ino] = folder.root
        return present

    def _keep(self, paths: Iterator[Path]) -> None:
        with self._lock:
            for path in paths:
                if len(self._paths) < self._most:
                    self._paths[path] = None
                else:
                    self._lost = True
            news = bool(self._paths)
        if news:
            self._woke.set()

    def _lose(self) -> None:
        with self._lock:
            self._lost = True
        self._woke.set()
