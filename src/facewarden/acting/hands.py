"""What a performer may lay hands on. No protocol here has a way to delete, to overwrite or to destroy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from facewarden.acting.lines import Lines
from facewarden.acting.matter import Matter
from facewarden.acting.outcome import DONE, Outcome
from facewarden.acting.steps import Step


class Hand(Protocol):
    """Does steps of one kind."""

    def mark(self) -> str:
        """How things stand before a step, so that `happened` can tell what changed."""

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        """How a step that was begun after `mark`, in a process that died, ended; None where it did not happen."""

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        """Do it. Raises StorageError where nothing more can be written down."""


class Listing:
    """Writes a line about the file: a note, or an entry in the list of what waits for a person.

    Args:
        what: the entry's field ``kind``.
        named: whether the entry tells the file's name.
        say: also told, when the line is written.
        case_of: the vault's case of what is known by this key, empty where it has none.
    """

    def __init__(
        self,
        lines: Lines,
        what: str,
        *,
        named: bool = True,
        say: Callable[[Matter], None] | None = None,
        case_of: Callable[[str], str] | None = None,
    ) -> None:
        self._lines, self._what, self._named, self._say, self._case_of = lines, what, named, say, case_of

    def mark(self) -> str:
        return self._lines.mark()

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        for record in self._lines.since(mark):
            if record.get("key") == matter.key and record.get("kind") == self._what:
                return DONE
        return None

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        also = ("people", "source", "name") if self._named else ("people", "source")
        case = self._case_of(matter.key) if self._case_of is not None else ""
        self._lines.append({"kind": self._what, **matter.told(also), **({"case": case} if case else {})})
        if self._say is not None:
            self._say(matter)
        return DONE
