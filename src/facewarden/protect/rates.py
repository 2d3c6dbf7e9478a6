"""How often the face of somebody else comes as near as this: measured on pairs of different people.

`face_rates.json` is written by ``benchmarks/protect_faces.py``. It holds the worst of several groups of people, because
faces of one group are nearer to each other than the average says.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cache
from importlib import resources

from facewarden.faces.identity import SAME_PERSON_DISTANCE

RECOGNISED = SAME_PERSON_DISTANCE
"""From here on faces are not reported at all."""

SURE_RATE = 1e-3
"""A face is called the person's where at most one of a thousand strangers would come as near to anybody enrolled."""


def false_positive_rate(distance: float, people: int) -> float | None:
    """How many strangers of all would come as near to one of so many `people`, 0..1; None beyond what was measured."""
    one = _of_a_pair(distance)
    return None if one is None else 1 - (1 - one) ** people


def sure(distance: float, people: int) -> bool:
    """Whether the face may be called the person's."""
    rate = false_positive_rate(distance, people)
    return rate is not None and rate <= SURE_RATE and distance <= RECOGNISED


def _of_a_pair(distance: float) -> float | None:
    curve = _curve()
    place = bisect_left(curve, (distance,))
    return curve[place][1] if place < len(curve) else None


@cache
def _curve() -> tuple[tuple[float, float], ...]:
    text = (resources.files("facewarden.protect") / "face_rates.json").read_text("utf-8")
    return tuple((float(distance), float(rate)) for distance, rate in json.loads(text)["curve"])
