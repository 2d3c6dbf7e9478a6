"""How a watch is getting on, in numbers, for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class Tallies:
    """Counts since the start.

    Attributes:
        judged: files that were judged and seen to.
        found: of them those that were held, quarantined or escalated.
        unjudged: of them those that could not be judged.
        isolated: of them those that are in the vault now.
        failed: of them those for which something could not be done.
        aside: files that were given up.
        waiting: in the queue now.
    """

    judged: int = 0
    found: int = 0
    unjudged: int = 0
    isolated: int = 0
    failed: int = 0
    aside: int = 0
    waiting: int = 0


class Witness(Protocol):
    """Is told how things go."""

    def at(self, tallies: Tallies) -> None:
        """The numbers now."""

    def record(self, line: dict[str, object]) -> None:
        """A line was added to the journal, or would have been."""


class Nobody:
    """Looks away."""

    def at(self, tallies: Tallies) -> None:
        """Nothing to do."""

    def record(self, line: dict[str, object]) -> None:
        """Nothing to do."""
