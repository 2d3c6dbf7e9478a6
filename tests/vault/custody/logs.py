"""Logs for tests."""

from __future__ import annotations

from pathlib import Path

from facewarden.sealed.signing import Signer
from facewarden.vault.custody.entry import Deed
from facewarden.vault.custody.log import CustodyLog
from tests.vault.making import Clock

VAULT = "ab" * 16
SIGNER = Signer(bytes(range(32)))
KEY = bytes(32)


def log_in(folder: Path, *, clock: Clock | None = None, signer: Signer = SIGNER) -> CustodyLog:
    """A log that has read nothing yet."""
    return CustodyLog(
        folder / "custody.jsonl",
        folder / "head.json",
        vault=VAULT,
        signer=signer,
        key=KEY,
        clock=clock or Clock(),
    )


def made(folder: Path, count: int = 5) -> CustodyLog:
    """A log of `count` entries."""
    log = log_in(folder)
    log.begin(Deed("vault.created", "ann"))
    for number in range(2, count + 1):
        log.append(Deed("log.adopted", "ann", details={"n": number}, private={"said": number}))
    return log


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
