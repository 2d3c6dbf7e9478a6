"""A store of people with something of everything in it, and what comes of single bytes of it that are changed."""

from __future__ import annotations

import datetime as dt
import random
from enum import StrEnum
from pathlib import Path

from facewarden.errors import FacewardenError
from facewarden.protect.layout import Layout
from facewarden.protect.registry import Registry
from facewarden.protect.store import opened
from facewarden.sealed.key_file import open_key
from facewarden.sealed.keys import MasterKey
from tests.protect.making import PASSPHRASE, Clock, embedding, features, make, person

PEOPLE = 5


class Fate(StrEnum):
    """What comes of a change.

    Attributes:
        REFUSED: an error, or a fault that ``verify`` names.
        SAME: all that is read is what was written.
        MISSED: something else is read, or an error is none of ours.
    """

    REFUSED = "refused"
    SAME = "the same is read"
    MISSED = "missed"


class Store:
    """A store in `folder`/people: two in the index, one beside it, one who expires, one who withdrew."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.home = make(folder / "people", clock=self.clock)
        key = self._key()
        with opened(self.home, key, clock=self.clock) as store:
            store.add_many((person(number), features(number)) for number in (1, 2))
            store.add("Person 3", purpose="tests", features=features(3))
            store.add("Person 4", purpose="tests", features=features(4), expires=dt.date(2026, 4, 1))
            store.withdraw(store.add("Person 5", purpose="tests", features=features(5)))
        registry = Registry.load(self.home, key, clock=self.clock)
        registry.settle(unused=registry.spend(16) - 3, files=3)
        self.whole = self.content()
        self.read = self.everything()

    def files(self) -> list[Path]:
        """All that have a content; the lock has none."""
        return sorted(path for path in self.home.rglob("*") if path.is_file() and path.stat().st_size)

    def content(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.files()}

    def everything(self) -> object:
        """What the commands read of the store, and what ``verify`` says. Raises FacewardenError."""
        key = self._key()
        with opened(self.home, key, clock=self.clock) as store:
            faults = store.faults()
            if faults:
                raise FacewardenError("; ".join(faults))
            people = sorted((each.sealed(), store.features(each).sealed()) for each in store.people())
            told = people, store.due(), store.allowance, list(store.events())
        registry = Registry.load(self.home, key, clock=self.clock)
        near = [registry.nearest(embedding(number)[None]) for number in range(1, PEOPLE + 1)]
        return told, near, registry.templates.tobytes(), sorted(registry.people)

    def fate(self, path: Path, position: int, change: int) -> Fate:
        """Of one byte of `path`; it is put back afterwards. Raises AssertionError if a command changed anything."""
        sound = self.whole[path]
        content = bytearray(sound)
        content[position] ^= change
        path.write_bytes(content)
        try:
            return Fate.SAME if self.everything() == self.read else Fate.MISSED
        except FacewardenError:
            return Fate.REFUSED
        except Exception:  # noqa: BLE001 - whatever it is, nobody is told what to do
            return Fate.MISSED
        finally:
            assert self.content() == {**self.whole, path: bytes(content)}
            path.write_bytes(sound)

    def drawn(self, chance: random.Random, *, evenly: bool) -> tuple[Path, int, int]:
        """A file (each as likely, or each byte of the store as likely), a position in it, and what to change there."""
        paths = list(self.whole)
        weights = None if evenly else [len(self.whole[path]) for path in paths]
        (path,) = chance.choices(paths, weights)
        return path, chance.randrange(len(self.whole[path])), chance.randrange(1, 256)

    def kind(self, path: Path) -> str:
        """The file's name, or its folder's where that is drawn."""
        return "objects/" if path.parent == Layout(self.home).objects else path.name

    def _key(self) -> MasterKey:
        return open_key(Layout(self.home).key, passphrase=lambda: PASSPHRASE)
