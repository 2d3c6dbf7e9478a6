"""Matters, ledgers and hands for tests."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from facewarden.acting.ledger import Ledger
from facewarden.acting.matter import Matter, matter_of
from facewarden.acting.outcome import DONE, Outcome
from facewarden.acting.steps import Step
from facewarden.policy.decision import decide
from facewarden.policy.facts import Facts, Match
from facewarden.policy.rules import Action, Policy, Rule
from facewarden.policy.spread import Sighting, Spread
from facewarden.report.model import Level

SHA256 = "ab" * 32
ANNA = "a1" * 16


def matter(
    *actions: Action,
    facts: Facts | None = None,
    sha256: str = SHA256,
    file: str = "a file",
    report: str | None = None,
    retain: str | None = None,
) -> Matter:
    """What follows where one rule asks for `actions` (for a note, where none is named)."""
    policy = Policy(version=1, retain=retain, rules=(Rule(name="one", then=actions or ("note",)),))
    known = facts or Facts(
        Level.LIKELY,
        media="photo",
        match=Match.REVIEW,
        people=("Anna",),
        people_ids=(ANNA,),
        people_spread=(Spread((Sighting(0, "a"), Sighting(9, "a"))),),
        source="chat/class-1",
    )
    return matter_of(
        decide(policy, known),
        known,
        file=file,
        sha256=sha256,
        size=9,
        name="/srv/chat/secret name.jpg",
        at="2026-03-01T12:00:00.000+00:00",
        report=report,
    )


def ledger() -> Ledger:
    return Ledger(sqlite3.connect(":memory:", isolation_level=None))


@dataclass
class Remembers:
    """A hand that remembers what it did, by key, as the outside world would."""

    did: list[tuple[str, str]] = field(default_factory=list)
    outcome: Outcome = DONE

    def mark(self) -> str:
        return str(len(self.did))

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        return self.outcome if (matter.key, str(step)) in self.did[int(mark) :] else None

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        self.did.append((matter.key, str(step)))
        return self.outcome
