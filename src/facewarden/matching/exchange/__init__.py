"""Hash lists of others, in and out: CSV, ThreatExchange, NCMEC and StopNCII. Lists from outside are hostile input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from facewarden.errors import UsageError
from facewarden.matching.exchange import ncmec, stopncii, table, threatexchange
from facewarden.matching.exchange.signal import Kind, Signal

__all__ = ["FORMATS", "Format", "Kind", "Signal", "read", "write"]


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a list.

    Attributes:
        reads, writes: from and to the bytes of a file.
        kinds: what it has room for; `write` refuses others.
        what: one line for a person.
    """

    reads: Callable[[bytes], list[Signal]]
    writes: Callable[[Iterable[Signal]], bytes]
    kinds: frozenset[Kind]
    what: str


FORMATS = {
    "csv": Format(
        table.read, table.write, table.KINDS, "a table with the columns kind, value, quality, note"
    ),
    "threatexchange": Format(
        threatexchange.read,
        threatexchange.write,
        threatexchange.KINDS,
        "a signal file of Meta's threatexchange and of hasher-matcher-actioner: 'pdq HASH' on each line",
    ),
    "ncmec": Format(ncmec.read, ncmec.write, ncmec.KINDS, "entries of NCMEC's hash sharing API, XML"),
    "stopncii": Format(
        stopncii.read, stopncii.write, stopncii.KINDS, "records of StopNCII.org's hash API, JSON"
    ),
}


def read(name: str, data: bytes) -> list[Signal]:
    """The signals in a list of the format `name`. Raises UsageError: no such format, or a list with faults."""
    return _format(name).reads(data)


def write(name: str, signals: Iterable[Signal]) -> bytes:
    """The signals as a list of the format `name`, to be stored by the caller.

    Raises:
        UsageError: no such format, or it has no room for one of the signals.
    """
    form, kept = _format(name), list(signals)
    for signal in kept:
        if signal.kind not in form.kinds:
            raise UsageError(
                f"A list of the form {name} has no room for {signal.kind}, only for "
                f"{', '.join(sorted(form.kinds))}. Leave those out, or choose csv."
            )
    return form.writes(kept)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"There is no form of lists named {name}; there are {', '.join(FORMATS)}.")
    return FORMATS[name]
