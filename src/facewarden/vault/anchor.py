"""Heads of former times, from what once left the vault: a vault that has not passed through them is an old copy."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path

from pydantic import ValidationError

from facewarden.errors import TamperedError, UsageError
from facewarden.sealed.signing import Reader
from facewarden.vault.custody.head import Head, read_head
from facewarden.vault.destruction import RECEIPT
from facewarden.vault.stub import MOST_BYTES, STUB

_IN_PACKAGE = "/data/custody/head.json"
# What zipfile raises for archives that are damaged, encrypted (RuntimeError) or of a kind that it cannot read.
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)


def read_anchor(path: Path, reader: Reader) -> Head:
    """The head in an evidence package, a receipt, a stub or a copy of ``head.json``.

    Raises:
        UsageError: it is none of these, or that of another vault.
    """
    try:
        line = _packed(path) if zipfile.is_zipfile(path) else _plain(path)
    except _UNREADABLE as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
    line = line.removesuffix(b"\n")
    for kind in (RECEIPT, STUB):
        try:
            return Head.model_validate(reader.opened(line, kind)["head"])
        except (TamperedError, ValidationError, LookupError):
            continue
    try:
        return read_head(line, reader)
    except TamperedError as error:
        raise UsageError(
            f"{path} is no package, receipt, stub or head that this vault signed, or it was altered."
        ) from error


def _plain(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + (1 << 16))


def _packed(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(_IN_PACKAGE) and name.count("/") == 3]
        if len(names) != 1:
            return b""
        with archive.open(names[0]) as file:
            return file.read(MOST_BYTES)
