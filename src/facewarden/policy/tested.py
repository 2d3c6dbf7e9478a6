"""One condition of a rule, asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tested:
    """One condition: what it is called, what was `wanted`, what was `found`, and whether it `holds`."""

    condition: str
    wanted: str
    found: str
    holds: bool
