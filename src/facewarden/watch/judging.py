"""From a file to facts: checked, and matched with enrolled people where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from facewarden.policy.facts import Facts, Match, facts_of
from facewarden.policy.spread import Spread
from facewarden.protect.report import MatchReport
from facewarden.report.model import Report
from facewarden.watch import subjects


class Checks(Protocol):
    """What `facewarden.Checker` does. Never raises for a file that cannot be read: the report says so."""

    def check(self, path: Path, *, name: str | None = None) -> Report: ...


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is known of a file beside its report.

    Attributes:
        match: the best tier that it reaches among enrolled and listed material.
        people: names of enrolled people who were recognised, by their ids.
        material: what it is a copy of, the surest first, in words that stay the same; sightings are counted by it.
    """

    match: Match = Match.NONE
    swap_lead: bool = False
    people: Mapping[str, str] = field(default_factory=dict)
    material: tuple[str, ...] = ()


class Recognises(Protocol):
    """Knows enrolled people and material.

    Raises FacewardenError: it cannot say just now; the file is seen to later.
    """

    def reserve(self) -> None:
        """Make sure that the next file may be looked up; asking again before that costs nothing more."""

    def recognise(self, path: Path) -> Recognised: ...

    def looked_for(self) -> frozenset[str] | None:
        """Ids of those who are looked for today; None where that is not known."""


class Nobody:
    """Nobody is enrolled."""

    def reserve(self) -> None:
        """Nothing is looked up."""

    def recognise(self, path: Path) -> Recognised:
        return Recognised()

    def looked_for(self) -> frozenset[str] | None:
        """Not known: another run may look for people."""
        return None


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that was looked at, before anything is decided."""

    report: Report
    recognised: Recognised

    def subject(self, sha256: str) -> str:
        """What its copies are counted under: the material that it is a copy of, else its very content."""
        return self.recognised.material[0] if self.recognised.material else subjects.of_content(sha256)

    def facts(self, *, source: str, spread: Spread, people_spread: Sequence[Spread] = ()) -> Facts:
        """Args: people_spread: of each of the people, in their order."""
        return facts_of(
            self.report,
            match=self.recognised.match,
            swap_lead=self.recognised.swap_lead,
            people=tuple(self.recognised.people.values()),
            people_ids=tuple(self.recognised.people),
            people_spread=people_spread,
            source=source,
            spread=spread,
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """Looks at files."""

    checks: Checks
    recognises: Recognises

    def reserve(self) -> None:
        """Make sure that the next file may be judged. Raises FacewardenError where that is not possible now."""
        self.recognises.reserve()

    def judge(self, path: Path) -> Judged:
        """Check and match. Raises FacewardenError where that is not possible now."""
        # First, as a check that nothing may be made of would be done again.
        self.reserve()
        return Judged(self.checks.check(path, name="-"), self.recognises.recognise(path))


class Matches(Protocol):
    """What `protect.matcher.PeopleMatcher` does."""

    def reserve(self) -> None: ...

    def match(self, path: Path, *, name: str | None = None) -> MatchReport: ...

    def looked_for(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Knows the people of a store."""

    matches: Matches

    def reserve(self) -> None:
        self.matches.reserve()

    def recognise(self, path: Path) -> Recognised:
        report = self.matches.match(path, name="-")
        sure = [(face.person, face.name) for face in report.faces if face.sure]
        copied = [(copy.person, copy.name) for copy in report.copies if copy.tier == "confirmed"]
        return Recognised(
            match=Match(report.tier),
            swap_lead=report.swap_lead,
            people=dict([*sure, *copied]),
            material=(
                *(subjects.of_material(copy.person, copy.item) for copy in report.copies),
                *(subjects.of_list(each.list_id, each.entry) for each in report.listed),
            ),
        )

    def looked_for(self) -> frozenset[str] | None:
        return self.matches.looked_for()
