"""What a file says about its making, collected into a small flat dictionary. Runs in the decoding process.

Keys: ``exif.<Tag>``, ``text.<keyword>`` (PNG), ``container.<tag>``, ``stream.<tag>``, ``comment``, ``xmp``.
Places (GPS) are left out on purpose: nothing here needs to know where somebody was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_KEYS = 200
MAX_KEY_CHARACTERS = 120
MAX_CHARACTERS = 1000
MAX_XMP_CHARACTERS = 20_000
_PLACES = ("gps", "location", "\xa9xyz")


class Metadata:
    """Collects tags within bounds; `tags` is the result."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}

    def add(self, key: str, value: Any) -> None:
        """Keep one value as text, cut to its bound; empty values, places and the 201st key are dropped."""
        key = _printable(key)[:MAX_KEY_CHARACTERS]
        if any(place in key.lower() for place in _PLACES):
            return
        text = as_text(value)[: MAX_XMP_CHARACTERS if key == "xmp" else MAX_CHARACTERS]
        if text and (key in self.tags or len(self.tags) < MAX_KEYS):
            self.tags[key] = text

    def add_all(self, prefix: str, values: Mapping[Any, Any]) -> None:
        """Keep each item of a mapping under ``prefix.key``."""
        for key, value in values.items():
            self.add(f"{prefix}.{key}", value)


def as_text(value: Any) -> str:
    """Return a value as printable text: bytes as UTF-8 with replacement, numbers as they print."""
    if isinstance(value, bytes | bytearray):
        value = bytes(value[: 4 * MAX_XMP_CHARACTERS]).decode("utf-8", "replace")
    elif isinstance(value, tuple | list):
        value = ", ".join(as_text(item) for item in value[:32])
    return _printable(str(value)).strip()


def _printable(text: str) -> str:
    text = text[: 2 * MAX_XMP_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return "".join(each for each in text if each.isprintable() or each in "\n\t")
