"""The report for other programs: one JSON object on one line for each file, never with a picture in it."""

from __future__ import annotations

from facewarden.report.model import Report

# JSON allows these raw inside a string, but many readers of lines break there.
_LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def report_json(report: Report) -> str:
    """One line of JSON without its line break, as ``docs/report.schema.json`` describes it."""
    return report.model_dump_json().translate(_LINE_BREAKS)
