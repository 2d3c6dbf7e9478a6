"""What Meta's own package `threatexchange` finds, asked as it comes; nothing where it is not installed.

Its clips need the binding `vpdq`, too, which is built against FFmpeg (docs/matching.md says how).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image


class MetaMatcher:
    """The PDQ hasher and index of Meta's `threatexchange`, as they come."""

    def __init__(self) -> None:
        try:
            from threatexchange.signal_type.pdq.signal import PdqSignal
        except ImportError:
            self._signal = None
        else:
            self._signal = PdqSignal
        self._entries: list[tuple[str, int]] = []
        self._index: Any = None

    def add(self, number: int, picture: Image.Image) -> None:
        if self._signal and (value := self._hash(picture)):
            self._entries.append((value, number))

    def build(self) -> None:
        if self._signal:
            self._index = self._signal.get_index_cls().build(self._entries)

    def query(self, picture: Image.Image) -> set[int] | None:
        if self._signal is None:
            return None
        value = self._hash(picture)
        return {match.metadata for match in self._index.query(value)} if value else set()

    def _hash(self, picture: Image.Image) -> str:
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        return str(self._signal.hash_from_bytes(stream.getvalue()))  # type: ignore[union-attr]


class MetaClips:
    """The vPDQ hasher and index for clips of the same package, with their own thresholds.

    Args:
        seconds_per_hash: Meta's own default is 1; with 0 every frame is hashed, which is the most that can be asked.
    """

    def __init__(self, seconds_per_hash: float = 1.0) -> None:
        self._seconds_per_hash = seconds_per_hash
        try:
            from threatexchange.extensions.vpdq.vpdq import VPDQSignal
            from threatexchange.extensions.vpdq.vpdq_index import VPDQIndex
        except ImportError:
            self._signal = None
        else:
            self._signal, self._index = VPDQSignal, VPDQIndex[int]()

    @property
    def there(self) -> bool:
        return self._signal is not None

    def add(self, number: int, clip: Path) -> None:
        if self._signal:
            try:
                self._index.add(self._hash(clip), number)
            except ValueError:  # nothing in it is worth comparing
                return

    def query(self, clip: Path) -> set[int] | None:
        if self._signal is None:
            return None
        return {match.metadata for match in self._index.query(self._hash(clip))}

    def _hash(self, clip: Path) -> str:
        return str(self._signal.hash_from_file(clip, self._seconds_per_hash))  # type: ignore[union-attr]
