"""vPDQ's own form for one clip: a JSON list of 'HASH,QUALITY,SECONDS', one for each frame that was hashed."""

from __future__ import annotations

import json
import math

from facewarden.errors import UsageError
from facewarden.matching.clips import ClipPrint, Second
from facewarden.matching.exchange.signal import Kind, refuse_more, signal, text_of
from facewarden.matching.pdq import Pdq

_WHAT = "vPDQ hash"
_LATEST_S = 1e6


def read(data: bytes) -> ClipPrint:
    """The clip's whole-frame hashes in order of time; squares around faces are not part of it. Raises UsageError."""
    try:
        entries = json.loads(text_of(data, _WHAT))
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "This is no vPDQ hash: a JSON list of 'HASH,QUALITY,SECONDS' was expected."
        ) from error
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise UsageError("This is no vPDQ hash: a JSON list of 'HASH,QUALITY,SECONDS' was expected.")
    refuse_more(len(entries), _WHAT)
    seconds = [_second(entry, f"Frame {number}") for number, entry in enumerate(entries, start=1)]
    return ClipPrint(tuple(sorted(seconds, key=lambda each: each.time_s)))


def write(clip: ClipPrint) -> bytes:
    """The form that `read` and Meta's `threatexchange` read."""
    lines = [f"{each.pdq.hex},{each.pdq.quality},{each.time_s:.3f}" for each in clip.seconds]
    return (json.dumps(lines, indent=1) + "\n").encode()


def _second(entry: str, where: str) -> Second:
    parts = entry.split(",")
    if len(parts) != 3:
        raise UsageError(f"{where}: 'HASH,QUALITY,SECONDS' was expected, but it has {len(parts)} parts.")
    value, quality, seconds = parts
    checked = signal(Kind.PDQ, value, where=where, quality=quality)
    try:
        time_s = float(seconds)
    except ValueError:
        time_s = math.nan
    if not 0 <= time_s <= _LATEST_S:
        raise UsageError(f"{where}: the time must be seconds from 0 on, but is {seconds[:24]!a}.")
    return Second(time_s, Pdq.from_hex(checked.value, checked.quality))
