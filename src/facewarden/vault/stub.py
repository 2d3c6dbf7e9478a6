"""The stub: a small signed file in the place of one that was taken. It tells the case, and nothing of the picture."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.signing import Reader, Signer
from facewarden.vault.custody.head import Head

STUB = "facewarden.stub"
MOST_BYTES = 4096
_NOTE = (
    "The file that lay here was moved into a Facewarden vault. Ask whoever keeps the vault, and name the case. "
    "Leave this file where it is: it shows where the other one belongs."
)


@dataclass(frozen=True, slots=True)
class Stub:
    """What a stub says.

    Attributes:
        case: its number.
        head: of the custody log when the file was taken.
    """

    case: str
    head: Head


def stub_line(case: str, at: str, head: Head, signer: Signer) -> bytes:
    """The content of the stub of `case`, taken at `at`; the same for the same entry of the log."""
    content = {"at": at, "case": case, "head": head.model_dump(), "note": _NOTE}
    return signer.signed(STUB, content) + b"\n"


def read_stub(path: Path, reader: Reader) -> Stub | None:
    """The stub at `path`; None where there is something else, or nothing, or that of another vault."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
                return None
            data = os.read(descriptor, MOST_BYTES)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None
    try:
        if not data.endswith(b"\n"):
            return None
        content = reader.opened(data[:-1], STUB)
        return Stub(str(content["case"]), Head.model_validate(content["head"]))
    except (TamperedError, ValidationError, LookupError):
        return None
