"""What a person fills in by hand, and what stands between a label and a value."""

from __future__ import annotations

BLANK = "_" * 40
BOX, BULLET = "[ ]", "-"


def colon(language: str) -> str:
    return "：" if language == "zh" else ": "
