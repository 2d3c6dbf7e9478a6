"""Files that were fetched, for as long as they are looked at: in a private folder, one folder for each item."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Set as AbstractSet
from pathlib import Path

from facewarden.errors import OutboundError
from facewarden.outbound.fetch import fetch
from facewarden.outbound.gate import Gate
from facewarden.outbound.place import place_of
from facewarden.sealed.durable import draft, storing
from facewarden.watch.item import Item

_NAME = "fetched"


class Downloads:
    """Fetches what an item's address leads to.

    Args:
        folder: private; what an earlier process left in it is cleared away by `clear`.
    """

    def __init__(self, folder: Path, gate: Gate, *, most_bytes: int, within_s: float) -> None:
        self._folder, self._gate = folder, gate
        self._most_bytes, self._within_s = most_bytes, within_s

    def clear(self, *, but: AbstractSet[int]) -> None:
        """Delete everything but what belongs to the items `but`. Raises StorageError."""
        with storing(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for entry in self._folder.iterdir():
                if entry.name not in {str(number) for number in but}:
                    shutil.rmtree(entry)

    def path(self, item: Item) -> Path:
        """Where the file of `item` lies, or would."""
        return self._folder / str(item.number) / _NAME

    def get(self, item: Item) -> Path:
        """Fetch it. Raises OutboundError, or StorageError where it cannot be kept meanwhile."""
        self.drop(item)
        path = self.path(item)
        with storing(path):
            path.parent.mkdir(mode=0o700)
        try:
            with draft(path) as file:
                fetch(
                    place_of(item.place),
                    self._gate,
                    file,
                    most_bytes=self._most_bytes,
                    within_s=self._within_s,
                )
        except OutboundError:
            self.drop(item)
            raise
        return path

    def drop(self, item: Item) -> None:
        """Delete what was fetched for `item`, if anything was."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.path(item).parent)
