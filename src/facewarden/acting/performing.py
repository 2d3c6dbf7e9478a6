"""Doing the steps of a decision: each in its order, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from facewarden.acting.hands import Hand
from facewarden.acting.ledger import Ledger
from facewarden.acting.matter import Matter
from facewarden.acting.outcome import Outcome, Performed
from facewarden.acting.steps import Kind, Step


class Performer:
    """Does what was planned.

    Args:
        hands: one for each kind of step; a performer can do nothing that they cannot.
        ledger: of what was done.
    """

    def __init__(self, hands: Mapping[Kind, Hand], ledger: Ledger) -> None:
        self._hands = hands
        self._ledger = ledger

    def perform(self, steps: Sequence[Step], matter: Matter, path: Path) -> tuple[Performed, ...]:
        """Do `steps` about the file at `path`; one that fails does not keep the others.

        Called again with the same matter, it does only what is missing, or failed and may succeed now.

        Raises:
            StorageError: nothing more can be written down. Call again.
        """
        return tuple(Performed(step, self._once(step, matter, path)) for step in steps)

    def _once(self, step: Step, matter: Matter, path: Path) -> Outcome:
        return once(self._ledger, self._hands[step.kind], step, matter, path)


def once(ledger: Ledger, hand: Hand, step: Step, matter: Matter, path: Path, *, name: str = "") -> Outcome:
    """Do one step unless it was done; `name` is what it is called in the ledger."""
    called = name or str(step)
    known = ledger.outcome(matter.key, called)
    if known is not None and not known.again:
        return known
    mark = ledger.begun(matter.key, called)
    earlier = None if mark is None else hand.happened(mark, step, matter)
    if earlier is None:
        ledger.begin(matter.key, called, hand.mark())
        earlier = hand.do(step, matter, path)
    ledger.end(matter.key, called, earlier)
    return earlier
