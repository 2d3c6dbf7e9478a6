"""Vaults for tests, with a key that costs nothing to wrap."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from facewarden.sealed.key_file import Cost, wrap_new
from facewarden.sealed.keys import MasterKey
from facewarden.vault import vault

PASSPHRASE = "correct horse"
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
KEY = MasterKey(bytes(range(32)))


def make(folder: Path, *, two_person: bool = False, clock: vault.Clock = vault.utc_now) -> Path:
    """A new vault in `folder`, under `KEY`."""
    vault.create(
        folder,
        KEY,
        lambda path: wrap_new(path, KEY, PASSPHRASE, cost=CHEAP),
        actor="ann",
        two_person=two_person,
        clock=clock,
    )
    return folder


class Clock:
    """A clock that stands still unless it is set."""

    def __init__(self, year: int = 2026) -> None:
        self.now = dt.datetime(year, 3, 1, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += dt.timedelta(**by)
