"""Which frames of a stream are worth delivering, decided by their real timestamps."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

TOLERANCE_S = 1e-4


class Opening(NamedTuple):
    """The first seconds of a stream, which have a pace of their own."""

    until_s: float
    frames_per_s: float


class Pace:
    """Chooses at most `frames_per_s` frames a second: the first at or after each tick of a regular grid.

    A grid (not "so long after the last one") keeps the mean rate right when the ticks fall between frames. In the
    opening, where there is one, another grid holds.

    Attributes:
        interval_s: between two ticks, at the last frame that was delivered; 0 where every frame is wanted.
        delivered: how many frames were.
        last_s: when the last of them was.
    """

    def __init__(self, frames_per_s: float | None, opening: Opening | None = None) -> None:
        self._later_s = 0.0 if frames_per_s is None else 1.0 / frames_per_s
        self._until_s = -math.inf if opening is None else opening.until_s
        self.interval_s = self._later_s if opening is None else 1.0 / opening.frames_per_s
        self.delivered = 0
        self.last_s = -math.inf
        self._due_s = 0.0

    def wants(self, time_s: float) -> bool:
        """Tell whether the frame at `time_s` is to be delivered, and count it if so."""
        if time_s <= self.last_s or time_s < self._due_s - TOLERANCE_S:
            return False
        if time_s > self._until_s - TOLERANCE_S:
            self.interval_s = self._later_s
        if self.interval_s:
            self._due_s = (math.floor((time_s + TOLERANCE_S) / self.interval_s) + 1) * self.interval_s
        self.last_s = time_s
        self.delivered += 1
        return True


def pace_of(order: dict[str, Any]) -> Pace:
    """The pace that an order to the decoding process asks for."""
    opening = order["opening"]
    return Pace(order["frames_per_s"], Opening(*opening) if opening else None)
