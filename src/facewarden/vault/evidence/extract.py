"""What one case's part of the custody log looks like to somebody without the log and without the key.

``custody/extract.jsonl`` begins with ``{"chain": .., "seq": ..}``, the chain before the case's first entry, and goes on
to the head, one line for each entry: those of the case as they stand in the log, the others as ``{"digest": ..,
"seq": ..}``. What is private in the case's entries lies beside it, a file for each, with the digest that was signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from facewarden.sealed.canonical import canonical
from facewarden.vault.cases import Case
from facewarden.vault.custody.entry import Entry, unveiled


def extract(case: Case, entries: Sequence[Entry]) -> Iterator[bytes]:
    """The lines of the extract, with their breaks.

    Args:
        entries: of the whole log, in order.
    """
    first = case.begun.content
    yield canonical({"chain": first.previous, "seq": first.seq - 1}) + b"\n"
    for entry in entries[first.seq - 1 :]:
        if entry.content.case == case.number:
            yield entry.line + b"\n"
        else:
            yield canonical({"digest": entry.digest, "seq": entry.content.seq}) + b"\n"


def private_files(case: Case, key: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of what is private in each of the case's entries. Raises TamperedError."""
    for entry in case.entries:
        plain = unveiled(entry, key)
        if plain is not None:
            yield f"{entry.content.seq:06d}.json", plain
