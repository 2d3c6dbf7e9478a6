"""Messages between the decoding process and ours: a fixed header, then JSON or pixels.

Neither side trusts a length of the other; what does not fit its bounds is a `BrokenWire`.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAGIC = b"FcWd"
HEADER = struct.Struct("<4sBxxxIIIxxxxQdd")
MAX_JSON_BYTES = 8 << 20


class Kind(IntEnum):
    """What a message carries."""

    FACTS = 1
    FRAME = 2
    BEAT = 3
    END = 4
    REFUSED = 5
    RESULT = 6


class BrokenWire(Exception):  # noqa: N818 - reads as what it is
    """The other side said something that is no message."""


@dataclass(frozen=True, slots=True)
class Header:
    """The fixed part of a message.

    Attributes:
        kind: what follows.
        width, height: pixels of a frame, else 0.
        stride: bytes of one row of a frame (at least 3 * width); for JSON the length of the text.
        index: position of a frame among all frames of the file.
        time_s: presentation time of a frame.
        fraction: how much of the file has been read, 0..1.
    """

    kind: Kind
    width: int = 0
    height: int = 0
    stride: int = 0
    index: int = 0
    time_s: float = 0.0
    fraction: float = 0.0

    def pack(self) -> bytes:
        return HEADER.pack(
            MAGIC, self.kind, self.width, self.height, self.stride, self.index, self.time_s, self.fraction
        )

    @classmethod
    def unpack(cls, raw: bytes) -> Header:
        magic, kind, width, height, stride, index, time_s, fraction = HEADER.unpack(raw)
        if magic != MAGIC or kind not in Kind._value2member_map_:
            raise BrokenWire(f"expected a message header, but got {raw[:5]!r}")
        if not 0.0 <= time_s < 1e9 or not 0.0 <= fraction <= 1.0 or index >= 1 << 53:
            raise BrokenWire("expected a finite time and a fraction from 0 to 1")
        return cls(Kind(kind), width, height, stride, index, time_s, fraction)


class Outlet:
    """The decoding process's end of the pipe. Blocks while the reader is busy, so that nothing piles up."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def json(self, kind: Kind, value: Any, *, fraction: float = 0.0) -> None:
        """Send a JSON value."""
        text = json.dumps(value).encode()
        if len(text) > MAX_JSON_BYTES:
            raise BrokenWire(f"expected at most {MAX_JSON_BYTES} bytes of JSON, but got {len(text)}")
        self._write(Header(kind, stride=len(text), fraction=fraction).pack() + text)

    def beat(self, fraction: float) -> None:
        """Say that work goes on although there is no frame to send."""
        self._write(Header(Kind.BEAT, fraction=fraction).pack())

    def frame_header(
        self, *, width: int, height: int, stride: int, index: int, time_s: float, fraction: float
    ) -> None:
        """Announce a frame; `height` rows of `stride` bytes must follow through `pixels`."""
        header = Header(Kind.FRAME, width, height, stride, index, time_s, min(1.0, max(0.0, fraction)))
        self._write(header.pack())

    def pixels(self, rows: Any) -> None:
        """Send a part of the announced frame: any buffer of whole rows."""
        self._write(rows)

    def _write(self, data: Any) -> None:
        view = memoryview(data).cast("B")
        while len(view):
            view = view[os.write(self._descriptor, view) :]


def read_exactly(readinto: Callable[[memoryview], int | None], buffer: memoryview) -> None:
    """Fill `buffer` from a raw stream's ``readinto``; raises EOFError when it ends before."""
    while len(buffer):
        count = readinto(buffer)
        if not count:
            raise EOFError
        buffer = buffer[count:]
