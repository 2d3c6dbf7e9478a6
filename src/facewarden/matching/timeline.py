"""The line of time on which the matching seconds of two clips lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_SPEEDS = np.round(np.arange(0.80, 1.2501, 0.01), 2)
TIME_TOLERANCE_S = 1.0
_MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """``original = speed * query + offset``, and which pairs lie on it within a second."""

    speed: float
    offset_s: float
    on_line: npt.NDArray[np.bool_]


def best_line(query_s: npt.NDArray[np.float64], original_s: npt.NDArray[np.float64]) -> Line:
    """The line of time that most *different* seconds of the query lie on, for (N,) pairs of matching seconds.

    Every speed from 0.80 to 1.25 is tried; for each the offsets vote, in bins of two seconds laid twice. Of equals the
    speed nearest to 1 wins. Clips that stand still match everywhere: of more than 20,000 pairs some are left out.
    """
    step = -(-len(query_s) // _MOST_PAIRS)
    voters, originals = query_s[::step], original_s[::step]
    _, numbers = np.unique(voters, return_inverse=True)
    best: tuple[int, float, float] = (0, 1.0, 0.0)
    for speed in sorted(_SPEEDS.tolist(), key=lambda value: abs(value - 1)):
        offsets = originals - speed * voters
        for phase in (0.0, TIME_TOLERANCE_S):
            bins = np.floor((offsets + phase) / (2 * TIME_TOLERANCE_S)).astype(np.int64)
            ballots = np.unique(np.stack([bins, numbers], axis=1), axis=0)
            places, votes = np.unique(ballots[:, 0], return_counts=True)
            most = int(np.argmax(votes))
            if votes[most] > best[0]:
                best = int(votes[most]), speed, float(np.median(offsets[bins == places[most]]))
    _, speed, offset_s = best
    on_line = np.abs(original_s - speed * query_s - offset_s) <= TIME_TOLERANCE_S
    return Line(speed, offset_s, on_line)


def one_to_one(
    pairs: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    original: npt.NDArray[np.float64],
    line: Line,
) -> list[tuple[int, int]]:
    """For each second of the query the second of the original that is nearest to the line."""
    nearest: dict[int, tuple[float, int]] = {}
    for query, second in pairs.tolist():
        off = abs(float(original[second]) - line.speed * float(times[query]) - line.offset_s)
        nearest[query] = min(nearest.get(query, (np.inf, 0)), (off, second))
    return [(query, second) for query, (_, second) in sorted(nearest.items())]
