"""Whether a person is at work: what the rules of a watch start may destroy nothing."""

from __future__ import annotations

import os
from enum import StrEnum

from facewarden.errors import UsageError

ACTING = "FACEWARDEN_ACTING"
"""Environment variable of each program that a rule starts, and of what that program starts in its turn."""


class Confirmed(StrEnum):
    """How the number of a case that is to be destroyed was given."""

    TYPED = "typed"
    """Typed by a person who was asked for it at a terminal."""
    OPTION = "option"
    """With the command, at a terminal."""
    PROGRAM = "program"
    """By a program that called the library; who was there, nobody knows."""


def refuse_rules() -> None:
    """Raises UsageError where this process was started by the action of a rule."""
    if ACTING in os.environ:
        raise UsageError(
            f"This was started by a rule's action (${ACTING} is set), and no rule may destroy evidence. A person has "
            "to run it, at a terminal."
        )
