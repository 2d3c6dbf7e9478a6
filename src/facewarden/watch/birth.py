"""When a file was made: the one thing that tells it from a later file to which the system gave its number again.

Linux tells it by statx(2), which Python does not call yet; other systems by ``st_birthtime``.
"""

from __future__ import annotations

import ctypes
import os
import struct

_EMPTY_PATH = 0x1000  # AT_EMPTY_PATH: the descriptor itself
_BIRTH = 0x800  # STATX_BTIME
_BYTES = 256  # of struct statx, which begins with the mask of what was told
_BIRTH_AT = 80
_BIRTH_TIME = struct.Struct("=qI")  # seconds, nanoseconds


def born_ns(descriptor: int) -> int | None:
    """When the file that is open as `descriptor` was made, in ns; None where its system does not tell."""
    told = getattr(os.fstat(descriptor), "st_birthtime", None)
    if told is not None:
        return int(told * 1e9)
    try:
        statx = ctypes.CDLL(None).statx
    except (OSError, AttributeError, TypeError):
        return None
    said = ctypes.create_string_buffer(_BYTES)
    if statx(descriptor, b"", _EMPTY_PATH, _BIRTH, said) != 0:
        return None
    if not struct.unpack_from("=I", said)[0] & _BIRTH:
        return None
    seconds, ns = _BIRTH_TIME.unpack_from(said, _BIRTH_AT)
    return int(seconds) * 10**9 + int(ns)
