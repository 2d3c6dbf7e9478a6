"""Which frames of a stream are worth delivering, decided by their real timestamps."""

from __future__ import annotations

import math

TOLERANCE_S = 1e-4


class Pace:
    """Chooses at most `frames_per_s` frames a second: the first at or after each tick of a regular grid.

    A grid (not "so long after the last one") keeps the mean rate right when the ticks fall between frames.
    """

    def __init__(self, frames_per_s: float | None) -> None:
        self.interval_s = 0.0 if frames_per_s is None else 1.0 / frames_per_s
        self.delivered = 0
        self.last_s = -math.inf
        self._due_s = 0.0

    def wants(self, time_s: float) -> bool:
        """Tell whether the frame at `time_s` is to be delivered, and count it if so."""
        if time_s <= self.last_s or time_s < self._due_s - TOLERANCE_S:
            return False
        if self.interval_s:
            self._due_s = (math.floor((time_s + TOLERANCE_S) / self.interval_s) + 1) * self.interval_s
        self.last_s = time_s
        self.delivered += 1
        return True
