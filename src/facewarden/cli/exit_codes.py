"""What the exit code of ``facewarden check`` means.

Errors outrank findings, findings outrank silence, and an incomplete check never passes: 2 > 1 > 3 > 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facewarden.report.across import AcrossFiles
    from facewarden.report.model import Report

FOUND_NOTHING, FOUND, ERROR, INCONCLUSIVE = 0, 1, 2, 3
BROKEN_PIPE = 141
NEVER = "never"
FAIL_LEVELS = ("weak", "likely", "very_likely", NEVER)

_INCOMPLETE = frozenset({"left_out.truncated_at_limit", "left_out.damaged_tail", "left_out.damaged_frames"})
_PRECEDENCE = (ERROR, FOUND, INCONCLUSIVE, FOUND_NOTHING)


def exit_code_of(report: Report, *, fail_on: str) -> int:
    """The exit code that one file asks for; `fail_on` is one of `FAIL_LEVELS`."""
    from facewarden.report.model import Level

    if report.error is not None:
        return ERROR
    if fail_on != NEVER and report.level.rank >= Level(fail_on).rank:
        return FOUND
    incomplete = any(sentence.id in _INCOMPLETE for sentence in report.not_checked)
    if report.abstained or report.level is Level.INCONCLUSIVE or incomplete:
        return INCONCLUSIVE
    return FOUND_NOTHING


def exit_code_across(across: AcrossFiles, *, fail_on: str) -> int:
    """The exit code that the files of a run ask for together; what was not asked asks for nothing."""
    if not across.together:
        return FOUND_NOTHING
    if across.warning:
        return FOUND_NOTHING if fail_on == NEVER else FOUND
    return INCONCLUSIVE if across.untold else FOUND_NOTHING


def weightiest(codes: Iterable[int]) -> int:
    """The exit code of a run whose files ask for `codes`; a run without a file is an error."""
    asked = set(codes)
    return next((code for code in _PRECEDENCE if code in asked), ERROR)
