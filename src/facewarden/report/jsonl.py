"""The report for other programs: one JSON object on one line for each file, never with a picture in it.

A run that looked for people in several files ends with one more line, on what the files have in common.
"""

from __future__ import annotations

import json

from facewarden.report.across import KIND, AcrossFiles
from facewarden.report.model import Report

# JSON allows these raw inside a string, but many readers of lines break there.
_LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def report_json(report: Report) -> str:
    """One line of JSON without its line break, as ``docs/report.schema.json`` describes it."""
    return report.model_dump_json().translate(_LINE_BREAKS)


def across_json(across: AcrossFiles) -> str:
    """One line of JSON without its line break, as ``docs/across.schema.json`` describes it."""
    return across.model_dump_json().translate(_LINE_BREAKS)


def is_of_several(line: bytes) -> bool:
    """Whether a line is of the files of a run rather than the report of one of them."""
    if KIND.encode() not in line:
        return False
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("kind") == KIND
