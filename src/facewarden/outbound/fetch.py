"""Fetching one thing: redirects within the host only, so many bytes and seconds at most."""

from __future__ import annotations

import time
from typing import Protocol

from facewarden.errors import OutboundError
from facewarden.outbound.exchange import exchanged
from facewarden.outbound.gate import Gate
from facewarden.outbound.place import Place, followed

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3


class Writes(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object: ...


def fetch(place: Place, gate: Gate, to: Writes, *, most_bytes: int, within_s: float) -> None:
    """Write what lies at `place` to `to`.

    Raises:
        OutboundError: it is not allowed, not there, too large or too slow. Something may have been written by then.
    """
    end_s = time.monotonic() + within_s
    for _ in range(_MOST_REDIRECTS + 1):
        with exchanged(place, gate, within_s=max(0.001, end_s - time.monotonic())) as answer:
            if answer.status in _REDIRECTS:
                place = followed(place, answer.header("location"))
                continue
            if answer.status != 200:
                raise OutboundError(f"{place.host} answers with status {answer.status}.", reason="refused")
            for chunk in answer.chunks(most=most_bytes):
                to.write(chunk)
            return
    raise OutboundError(f"{place.host} redirects in a circle.", reason="redirected")
