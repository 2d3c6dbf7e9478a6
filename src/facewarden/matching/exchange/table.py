"""CSV: the columns kind, value, quality, note; the first line names them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from facewarden.errors import UsageError
from facewarden.matching.exchange.signal import Kind, Signal, refuse_more, signal, text_of

KINDS = frozenset(Kind)
_COLUMNS = ("kind", "value", "quality", "note")
_NEEDED = ("kind", "value")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read(data: bytes) -> list[Signal]:
    """The signals of a table; columns in any order, `quality` and `note` may be missing. Raises UsageError."""
    text = text_of(data, "table")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip().lower() for name in next(rows, [])]
        if any(head.count(name) != 1 for name in _NEEDED) or len(set(head)) != len(head):
            raise UsageError(
                f"The table's first line must name the columns {', '.join(_COLUMNS)}, each once."
            )
        signals: list[Signal] = []
        for cells in rows:
            if not cells:
                continue
            where = f"Line {rows.line_num}"
            if len(cells) != len(head):
                raise UsageError(f"{where}: {len(head)} cells were expected, but there are {len(cells)}.")
            row = dict(zip(head, cells, strict=True))
            note = row.get("note", "").removeprefix("'")
            quality = row.get("quality") or "100"
            signals.append(
                signal(row["kind"].strip(), row["value"].strip(), where=where, quality=quality, note=note)
            )
            refuse_more(len(signals), "table")
    except csv.Error as error:
        raise UsageError(f"Line {rows.line_num}: this is no CSV ({error}).") from error
    return signals


def write(signals: Iterable[Signal]) -> bytes:
    """The table, with lines that end in LF."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in signals:
        # A note must not become a formula when the table is opened in a spreadsheet.
        note = f"'{each.note}" if each.note.startswith((*_FORMULA, "'")) else each.note
        writer.writerow((each.kind, each.value, each.quality, note))
    return stream.getvalue().encode()
