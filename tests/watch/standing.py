"""A checker that costs nothing: the picture says itself what it is."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import fabricated
from facewarden.policy.facts import Match
from facewarden.policy.reading import parse_policy
from facewarden.policy.rules import Policy
from facewarden.report.model import Level, Report
from facewarden.watch.judging import Recognised
from facewarden.watch.subjects import of_material
from facewarden.watch.tallies import Tallies

ANNA = "a1" * 16
RULES = """
version: 1
rules:
  - {name: all, then: [note]}
  - {name: forged, when: {level: likely}, then: [quarantine, escalate]}
  - {name: weak, when: {level: weak}, then: [hold]}
  - {name: often, when: {spread: {copies: 3, sources: 2, within: 1h}}, then: [warn]}
  - {name: copy, when: {match: confirmed}, then: [escalate]}
"""


def rules(text: str = RULES) -> Policy:
    return parse_policy(text, origin="rules")


def picture(level: str = "no_sign", more: object = "") -> bytes:
    """The bytes of what the stand-in takes for a picture of that level; ``die`` and ``fail`` break the check."""
    return b"\xff\xd8\xff " + f"{level} {more}".encode()


class StandIn:
    """Reads the level from the file.

    Args:
        slow_s: so long each check takes.
    """

    def __init__(self, *, slow_s: float = 0.0) -> None:
        self.slow_s = slow_s
        self.checked: list[str] = []

    def check(self, path: Path, *, name: str | None = None) -> Report:
        content = path.read_bytes()
        level = content[4:].partition(b" ")[0].decode()
        self.checked.append(hashlib.sha256(content).hexdigest())
        if level == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if level == "fail":
            raise ZeroDivisionError
        time.sleep(self.slow_s)
        report = fabricated.photo_report(path=name or str(path))
        if level not in list(Level):
            return fabricated.failed_report(path=name or str(path))
        return report.model_copy(
            update={
                "sha256": hashlib.sha256(content).hexdigest(),
                "level": Level(level),
                "abstained": level == "inconclusive",
            }
        )


class Knows:
    """Recognises what holds the word ``anna``, until she is forgotten."""

    def __init__(self) -> None:
        self.forgot = False

    def reserve(self) -> None:
        """As much as is wanted may be looked up."""

    def recognise(self, path: Path) -> Recognised:
        if self.forgot or b"anna" not in path.read_bytes():
            return Recognised()
        return Recognised(match=Match.CONFIRMED, people={ANNA: "Anna"}, material=(of_material(ANNA, 1),))

    def looked_for(self) -> frozenset[str] | None:
        return frozenset() if self.forgot else frozenset({ANNA})


class Notes:
    """Keeps what a witness is told."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.last = Tallies()

    def at(self, tallies: Tallies) -> None:
        self.last = tallies

    def record(self, line: dict[str, object]) -> None:
        self.records.append(line)
