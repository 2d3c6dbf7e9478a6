"""How a step ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from facewarden.acting.steps import Step


class Ended(StrEnum):
    """How."""

    DONE = "done"
    LEFT = "left"  # not done, for a good reason
    FAILED = "failed"
    UNKNOWN = "unknown"  # the process died meanwhile; it is not done again


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, with details for a log.

    Attributes:
        case: number of the vault's case.
        again: whether another try may help.
    """

    ended: Ended
    detail: str = ""
    case: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Performed:
    """A step and how it ended."""

    step: Step
    outcome: Outcome

    def record(self) -> dict[str, str]:
        """For a log; without what is empty."""
        said = {
            "step": str(self.step),
            "ended": str(self.outcome.ended),
            "detail": self.outcome.detail,
            "case": self.outcome.case,
        }
        return {name: value for name, value in said.items() if value}


DONE = Outcome(Ended.DONE)
