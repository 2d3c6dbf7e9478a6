"""What a verification finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "changed", "missing", "reordered", "inserted", "truncated", "rolled_back", "unfinished", "note"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written.

    Attributes:
        kind: ``unfinished`` is what an interrupted command left, which the next one concludes; a ``note`` concerns
            what lies outside the vault, such as a stub that somebody removed. All others are damage or tampering.
        where: a file, with the number of an entry where it is the log.
        sentence: what is wrong.
    """

    kind: Kind
    where: str
    sentence: str

    @property
    def damage(self) -> bool:
        return self.kind not in ("unfinished", "note")
