"""What was done with the store: times, actions and ids of people, never a name, a path or a digest.

Each line is sealed by itself (base64), bound to its place, so that the log can grow without being rewritten. It helps
the owner to remember; evidence is what the vault's custody log is for.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.box import boxed, unboxed
from facewarden.sealed.durable import storing, write_all

_LONGEST_LINE = 4096


class Event(BaseModel):
    """One line.

    Attributes:
        at: UTC, ISO 8601.
        action: such as ``enrolled`` or ``forgotten``.
        person: her id, None where it is about the store.
        count: of files, where that says something.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    action: str
    person: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class EventLog:
    """The log of one store. Whoever appends has the store alone."""

    path: Path
    key: bytes
    store: str

    def append(self, event: Event) -> None:
        """Raises StorageError."""
        with storing(self.path):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o600)
            try:
                number, whole = self._count(descriptor)
                if not whole:
                    number += self._mend(descriptor, number)
                box = boxed(self.key, event.model_dump_json().encode(), context=self._context(number))
                write_all(descriptor, base64.b64encode(box) + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> Iterator[Event]:
        """Oldest first. Raises TamperedError at the first line that is not what was written."""
        try:
            with self.path.open("rb") as file:
                number = 0
                while line := file.readline(_LONGEST_LINE):
                    if line.endswith(b"\n"):
                        yield self._opened(line[:-1], number)
                    elif not self._torn(line, number):
                        yield self._opened(line, number)
                    number += 1
        except FileNotFoundError:
            return
        except OSError as error:
            raise TamperedError(f"{self.path} cannot be read: {error.strerror or error}.") from error

    def _opened(self, line: bytes, number: int) -> Event:
        try:
            box = base64.b64decode(line, validate=True)
            if base64.b64encode(box) != line:
                raise binascii.Error("not the one spelling of these bytes")
            return Event.model_validate_json(unboxed(self.key, box, context=self._context(number)))
        except (binascii.Error, TamperedError, ValidationError):
            raise TamperedError(
                f"{self.path}: line {number + 1} was altered, or lines before it are missing."
            ) from None

    def _torn(self, line: bytes, number: int) -> bool:
        """Whether a crash tore this line, which has no end, in two; otherwise only its end was lost, or altered."""
        for whole in (line, line[:-1]):
            with suppress(TamperedError):
                self._opened(whole, number)
                return False
        return True

    def _mend(self, descriptor: int, number: int) -> int:
        """Cut off a line that a crash tore in two, as it never counted; end one that is whole. Tells how many."""
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _LONGEST_LINE, max(0, size - _LONGEST_LINE))
        line = tail[tail.rfind(b"\n") + 1 :]
        if self._torn(line, number):
            os.ftruncate(descriptor, size - len(line))
            return 0
        write_all(descriptor, b"\n")
        return 1

    def _count(self, descriptor: int) -> tuple[int, bool]:
        """How many ended lines there are, and whether nothing follows them."""
        count, last = 0, b"\n"
        offset = 0
        while data := os.pread(descriptor, 1 << 20, offset):
            count += data.count(b"\n")
            offset += len(data)
            last = data[-1:]
        return count, last == b"\n"

    def _context(self, number: int) -> bytes:
        return f"{self.store} event {number}".encode()
