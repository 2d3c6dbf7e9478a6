"""What a person fills in by hand."""

from __future__ import annotations

BLANK = "_" * 40
BOX, BULLET = "[ ]", "-"
