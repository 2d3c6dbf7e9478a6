"""Signal files of Meta's `threatexchange`: one signal a line, its type's name, a space, the hash.

The package reads them as a collaboration of the kind "local file", and hasher-matcher-actioner through it. The
package is no dependency of ours (it comes with requests and more); the tests read our files with it and theirs
with us.
"""

from __future__ import annotations

from collections.abc import Iterable

from facewarden.errors import UsageError
from facewarden.matching.exchange.signal import Kind, Signal, refuse_more, signal, text_of

KINDS = frozenset({Kind.PDQ, Kind.VIDEO_MD5})
_OTHERS = frozenset({"url", "raw_text", "trend_query", "pdq_ocr", "tlsh_pdf", "text_tlsh", "tlsh", "vpdq"})
"""Types of that package that say nothing of a picture's pixels, or that are kept elsewhere: passed over."""


def read(data: bytes) -> list[Signal]:
    """The signals of a file that are hashes of pictures and clips. Raises UsageError."""
    signals: list[Signal] = []
    for number, line in enumerate(text_of(data, "signal file").split("\n"), start=1):
        kind, _, value = line.strip().partition(" ")
        if not kind or kind in _OTHERS:
            continue
        if kind not in KINDS:
            raise UsageError(
                f"Line {number}: a signal file has lines such as 'pdq HASH' or 'video_md5 HASH', but this one begins "
                f"with {kind[:24]!a}."
            )
        signals.append(signal(kind, value.strip(), where=f"Line {number}"))
        refuse_more(len(signals), "signal file")
    return signals


def write(signals: Iterable[Signal]) -> bytes:
    """The file; quality and notes have no place in it."""
    return "".join(f"{each.kind} {each.value}\n" for each in signals).encode()
