"""From a decision to the steps that follow from it, in a fixed order. Nothing is done here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from facewarden.policy.decision import Decision
from facewarden.policy.rules import Action, Command, Policy, Webhook


class Kind(StrEnum):
    """What a step does, in the order in which steps are taken: isolate before telling anybody."""

    NOTE = "note"
    WARN = "warn"
    HOLD = "hold"
    QUARANTINE = "quarantine"
    ESCALATE = "escalate"
    WEBHOOK = "webhook"
    COMMAND = "command"


TAKING = frozenset({Kind.HOLD, Kind.QUARANTINE})
"""What takes, or may take, a file into the vault."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `name` is that of a webhook or a command."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else str(self.kind)

    @classmethod
    def read(cls, text: str) -> Step:
        """The step that `str` wrote. Raises ValueError."""
        kind, _, name = text.partition(" ")
        return cls(Kind(kind), name)


def plan(decision: Decision) -> tuple[Step, ...]:
    """The steps of `decision`, each once; what is quarantined need not be held as well."""
    steps = list(dict.fromkeys(_step(action) for action in decision.actions))
    if Step(Kind.QUARANTINE) in steps and Step(Kind.HOLD) in steps:
        steps.remove(Step(Kind.HOLD))
    order = list(Kind)
    return tuple(sorted(steps, key=lambda step: order.index(step.kind)))


def steps_of(policy: Policy) -> frozenset[Step]:
    """Every step that some rule of `policy` can ask for."""
    return frozenset(_step(action) for rule in policy.rules for action in rule.then)


def names(steps: Iterable[Step]) -> tuple[str, ...]:
    """The steps as they are written down."""
    return tuple(str(step) for step in steps)


def _step(action: Action) -> Step:
    match action:
        case Webhook(webhook=name):
            return Step(Kind.WEBHOOK, name)
        case Command(command=name):
            return Step(Kind.COMMAND, name)
        case _:
            return Step(Kind(action))
