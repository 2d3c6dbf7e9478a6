"""The custody log as a file: entries are added at its end, durably, and never changed.

An entry counts, and its writer is told so, when its line and after it the head are on the disk. What stands behind the
last entry that the head counts was never acknowledged: one whole line that fits is taken in, as its writer signed it;
anything else is what a crash left of a line and is cut off. Either is entered into the log.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import StorageError, TamperedError
from facewarden.sealed.durable import storing, write_all, write_whole
from facewarden.sealed.signing import Signer
from facewarden.vault.custody.entry import GENESIS, Deed, Entry, digest_of, read, written
from facewarden.vault.custody.head import Head, read_head, sign_head

Clock = Callable[[], dt.datetime]
"""Tells the time, with its zone."""

KEEPER = "facewarden"
"""The actor of what the program does by itself."""

log = logging.getLogger(__name__)


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands in the file behind the last entry that the head counts.

    Attributes:
        offset: where it begins, in bytes.
        data: it.
        entry: the one whole entry that it is, None where it is none.
    """

    offset: int
    data: bytes
    entry: Entry | None


class CustodyLog:
    """A log that may be read and added to. Whoever has it open has the vault's folder alone."""

    def __init__(self, path: Path, head_path: Path, *, vault: str, signer: Signer, key: bytes, clock: Clock):
        """Knows no entries yet: `begin` or `load` first.

        Args:
            vault: identity of the vault.
            key: 32 bytes for what is private in entries.
        """
        self._path, self._head_path = path, head_path
        self._vault, self._signer, self._key, self._clock = vault, signer, key, clock
        self._entries: list[Entry] = []
        self._length = 0
        self._broken = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that count, in order."""
        return tuple(self._entries)

    @property
    def head(self) -> Head:
        """The end of the log now."""
        last = self._entries[-1]
        return Head(vault=self._vault, count=last.content.seq, chain=last.chain)

    def begin(self, deed: Deed) -> Entry:
        """Make the file, with a first entry. Raises StorageError."""
        with storing(self._path), self._path.open("xb"):
            pass
        return self.append(deed)

    def append(self, deed: Deed) -> Entry:
        """Add an entry. It is on the disk, and counts, when this returns.

        Raises:
            StorageError: it could not be written, and does not count. The log takes no more before it was opened anew.
        """
        if self._broken:
            raise StorageError(
                f"{self._path} could not be written before. Make room, then run the command again."
            )
        before = self._entries[-1] if self._entries else None
        entry = written(deed, now=self._clock(), before=before, signer=self._signer, key=self._key)
        self._broken = True
        try:
            self._add(entry.line + b"\n")
            head = Head(vault=self._vault, count=entry.content.seq, chain=entry.chain)
            write_whole(self._head_path, sign_head(head, self._signer) + b"\n")
        except StorageError:
            self._take_back()
            raise
        self._broken = False
        self._entries.append(entry)
        self._length += len(entry.line) + 1
        return entry

    def load(self) -> Tail:
        """Read all entries that the head counts, compare their chain with it, and return what stands behind.

        Raises:
            TamperedError: log and head do not fit.
        """
        data, head = self._files()
        offset, chain = 0, GENESIS
        for seq in range(1, head.count + 1):
            end = data.find(b"\n", offset)
            if end < 0:
                raise self._damaged(f"it ends before entry {seq} of {head.count}")
            line = data[offset:end]
            try:
                # The head's signature covers them all, through the chain.
                entry = read(line, None)
            except TamperedError as error:
                raise self._damaged(f"entry {seq} was altered") from error
            if entry.content.seq != seq or entry.content.previous != chain:
                raise self._damaged(f"entry {seq} does not follow the one before")
            self._entries.append(entry)
            offset, chain = end + 1, entry.chain
        if chain != head.chain:
            raise self._damaged("its entries are not those that the head counts")
        self._length = offset
        return self._tail(data, offset)

    def repair(self, tail: Tail) -> None:
        """Take in or cut off what stands behind the last entry, and enter that. Raises StorageError."""
        if not tail.data:
            return
        if tail.entry is not None:
            log.warning("entry %d had not been acknowledged; it is taken in", tail.entry.content.seq)
            self._entries.append(tail.entry)
            self._length = tail.offset + len(tail.data)
            self.append(Deed("log.adopted", KEEPER, details={"entry": tail.entry.content.seq}))
            return
        log.warning("the log's last line had not been finished; %d bytes are cut off", len(tail.data))
        with storing(self._path):
            self._cut(tail.offset)
        cut = {"cut_bytes": len(tail.data), "cut_sha256": digest_of(tail.data)}
        self.append(Deed("log.repaired", KEEPER, details=cut))

    def _files(self) -> tuple[bytes, Head]:
        try:
            data, line = self._path.read_bytes(), self._head_path.read_bytes()
        except OSError as error:
            raise self._damaged(f"{error.filename}: {error.strerror or error}") from error
        try:
            if not line.endswith(b"\n"):
                raise TamperedError("its line has no end")
            head = read_head(line[:-1], self._signer)
        except TamperedError as error:
            raise self._damaged(f"{self._head_path.name} was altered") from error
        if head.vault != self._vault:
            raise self._damaged(f"{self._head_path.name} is that of another vault")
        return data, head

    def _tail(self, data: bytes, offset: int) -> Tail:
        rest = data[offset:]
        entry = None
        if rest.endswith(b"\n"):
            with suppress(TamperedError):
                found = read(rest[:-1], self._signer)
                last = self._entries[-1]
                if found.content.seq == last.content.seq + 1 and found.content.previous == last.chain:
                    entry = found
        return Tail(offset, rest, entry)

    def _add(self, data: bytes) -> None:
        with storing(self._path):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _take_back(self) -> None:
        """Cut off a line that does not count, if the head does not count it; the next to open does it otherwise."""
        with suppress(OSError, TamperedError):
            _, head = self._files()
            if head.count == len(self._entries):
                self._cut(self._length)
                self._broken = False

    def _cut(self, length: int) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.ftruncate(descriptor, length)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _damaged(self, what: str) -> TamperedError:
        return TamperedError(
            f"The custody log {self._path} is not what was written: {what}. Say what is wrong with: facewarden vault "
            "verify."
        )
