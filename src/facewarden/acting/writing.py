"""Lines that are written once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facewarden.acting.ledger import Ledger
from facewarden.acting.lines import Lines
from facewarden.acting.outcome import DONE


def written_once(ledger: Ledger, lines: Lines, record: Mapping[str, Any]) -> bool:
    """Add `record`, which has a ``kind`` and a ``key``, unless it is there; tells whether this call added it.

    Raises:
        StorageError: it cannot be written. Call again.
    """
    key, called = record["key"], f"line {record['kind']} in {lines.path.name}"
    if ledger.outcome(key, called) is not None:
        return False
    mark = ledger.begun(key, called)
    new = mark is None or not any(
        (line.get("key"), line.get("kind")) == (key, record["kind"]) for line in lines.since(mark)
    )
    if new:
        ledger.begin(key, called, lines.mark())
        lines.append(record)
    ledger.end(key, called, DONE)
    return new
