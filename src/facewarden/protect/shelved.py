"""The lists and ignored pictures of a store as they were at one moment, ready for lookups."""

from __future__ import annotations

from functools import cached_property

from facewarden.matching.negative import NegativeList
from facewarden.protect.cabinet import Cabinet
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import Ignored
from facewarden.protect.listed import Listed
from facewarden.protect.roll import Roll


class Shelved:
    """What stands beside people.

    Attributes:
        ignored, negative: what never counts as a copy: SHA-256 of the files, and hashes of the pictures.
    """

    def __init__(self, roll: Roll, cabinet: Cabinet) -> None:
        """What the roll names. Raises KeyError where it is gone, TamperedError."""
        self._cabinet, self._lists, self._ignored = cabinet, roll.lists, roll.ignored
        ignored = Ignored() if roll.ignored is None else Ignored.read(cabinet.get(roll.ignored))
        self.ignored: frozenset[str] = ignored.digests
        self.negative: NegativeList = ignored.negative()

    def is_of(self, roll: Roll) -> bool:
        """Whether the roll names the very same."""
        return (self._lists, self._ignored) == (roll.lists, roll.ignored)

    @cached_property
    def listed(self) -> Listed:
        """The lists of others, read when they are first asked for. Raises KeyError where one is gone, TamperedError."""
        lists = {
            place: (entry.label, HashList.read(self._cabinet.get(entry.content)))
            for place, entry in self._lists.items()
        }
        return Listed(lists, self.negative)
