"""Says which entries of a custody log are changed, missing, out of order, inserted or cut off. Changes nothing.

Entries tell their own number, so what is left of a log can be laid out: a line that nobody signed stands in for the
entry that is missing at its place, or else was put in; a signed one at another's place was moved or copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import TamperedError
from facewarden.sealed.signing import Reader
from facewarden.vault.custody.entry import GENESIS, Entry, read
from facewarden.vault.custody.head import Head, read_head
from facewarden.vault.fault import Fault, Kind


@dataclass(frozen=True, slots=True)
class Examined:
    """A log as it was found.

    Attributes:
        entries: those that somebody with the key signed, in the order of the file.
        faults: what is wrong.
    """

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


def examine(log: Path, head: Path, reader: Reader, *, vault: str, anchors: Sequence[Head] = ()) -> Examined:
    """Read log and head to their ends.

    Args:
        vault: identity of the vault that both must belong to.
        anchors: heads of former times, from stubs, receipts and packages; the log must have passed through each.
    """
    data, unreadable = _bytes_of(log)
    head_data, no_head = _bytes_of(head)
    if unreadable or no_head:
        return Examined((), tuple(fault for fault in (unreadable, no_head) if fault))
    counted, head_fault = _head(head_data, head.name, reader, vault)
    lines = data.split(b"\n")
    rest = lines.pop()
    found = [_entry(line, reader) for line in lines]
    entries = tuple(entry for entry in found if entry)
    count = counted.count if counted else _last_seq(entries)
    faults = _laid_out(found, rest, count, log.name)
    if head_fault:
        faults.append(head_fault)
    if not faults or all(not fault.damage for fault in faults):
        if counted and _chains(entries).get(counted.count) != counted.chain:
            sentence = "Its entries are signed, but are not those that the head counts."
            faults.append(Fault("changed", log.name, sentence))
        faults += contradictions(entries, anchors, log.name)
    return Examined(entries, tuple(faults))


def _laid_out(found: list[Entry | None], rest: bytes, count: int, name: str) -> list[Fault]:
    """Faults of the lines as they stand; `rest` follows the last line break."""
    faults: list[Fault] = []

    def say(kind: Kind, number: int, sentence: str) -> None:
        faults.append(Fault(kind, f"{name}, entry {number}", sentence))

    seen: set[int] = set()
    signed = {entry.content.seq for entry in found if entry}
    due, chain = 1, GENESIS
    for position, entry in enumerate(found, 1):
        if entry is None:
            if due > count and position == len(found) and not rest:
                say("unfinished", due, "A line behind the last entry was never acknowledged.")
            elif due in signed or due > count:
                say("inserted", due, f"Line {position} is no entry that the vault signed.")
            else:
                say("changed", due, f"Line {position} is not what the vault signed.")
                seen.add(due)
                due, chain = due + 1, ""
            continue
        seq = entry.content.seq
        if seq in seen:
            say("inserted", seq, f"Line {position} repeats entry {seq}.")
            continue
        if seq < due:
            say("reordered", seq, f"Entry {seq} stands behind entry {due - 1}, in line {position}.")
            seen.add(seq)
            continue
        for gone in range(due, seq):
            if gone not in signed:
                say("missing", gone, f"Entry {gone} is gone.")
        if chain and seq == due and entry.content.previous != chain:
            say("inserted", seq, f"Entry {seq} is signed, but does not follow what stands before it.")
        seen.add(seq)
        due, chain = seq + 1, entry.chain
        if seq > count:
            kind: Kind = (
                "unfinished" if seq == count + 1 and position == len(found) and not rest else "inserted"
            )
            say(kind, seq, f"Entry {seq} stands behind the {count} that the head counts.")
    if due <= count:
        span = f"entries {due} to {count}" if due < count else f"entry {count}"
        say("truncated", due, f"The log ends before {span}.")
    if rest and due > count:
        say("unfinished", due, f"{len(rest)} bytes behind the last entry were never acknowledged.")
    elif rest:
        say("changed", due, "The last line has no end.")
    return faults


def contradictions(entries: Sequence[Entry], anchors: Sequence[Head], name: str) -> list[Fault]:
    """Those `anchors`, heads of former times, through which sound `entries` did not pass; `name` is the log's."""
    chains, faults = _chains(entries), list[Fault]()
    for anchor in anchors:
        if anchor.count not in chains:
            sentence = (
                f"A head of a former time counts {anchor.count} entries: this is an old copy of the vault."
            )
            faults.append(Fault("rolled_back", name, sentence))
        elif chains[anchor.count] != anchor.chain:
            sentence = (
                f"Entry {anchor.count} is not the one that a head of that time saw: there were two histories."
            )
            faults.append(Fault("rolled_back", name, sentence))
    return faults


def _chains(entries: Sequence[Entry]) -> dict[int, str]:
    return {entry.content.seq: entry.chain for entry in entries}


def _head(data: bytes, name: str, reader: Reader, vault: str) -> tuple[Head | None, Fault | None]:
    try:
        if not data.endswith(b"\n"):
            raise TamperedError("Its line has no end.")
        head = read_head(data[:-1], reader)
    except TamperedError as error:
        return None, Fault("changed", name, str(error))
    if head.vault != vault:
        return None, Fault("changed", name, "It is the head of another vault.")
    return head, None


def _entry(line: bytes, reader: Reader) -> Entry | None:
    try:
        return read(line, reader)
    except TamperedError:
        return None


def _last_seq(entries: Sequence[Entry]) -> int:
    return max((entry.content.seq for entry in entries), default=0)


def _bytes_of(path: Path) -> tuple[bytes, Fault | None]:
    try:
        return path.read_bytes(), None
    except OSError as error:
        return b"", Fault("missing", path.name, f"It cannot be read: {error.strerror or error}.")
