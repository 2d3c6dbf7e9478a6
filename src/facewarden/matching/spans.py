"""Stretches of one clip that show stretches of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.matching.clip_frames import FRAMES_PER_S, step_s


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the query that shows a stretch of the original, both in seconds."""

    query_start_s: float
    query_end_s: float
    original_start_s: float
    original_end_s: float


def spans_of(
    pairs: Sequence[tuple[int, int]], times: npt.NDArray[np.float64], original: npt.NDArray[np.float64]
) -> tuple[Span, ...]:
    """Runs of seconds that follow each other, with gaps of one second bridged."""
    step = step_s(times)
    bridged = 1 + round(1 / (FRAMES_PER_S * step))
    runs: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if runs and pair[0] - runs[-1][-1][0] <= bridged:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return tuple(
        Span(
            float(times[run[0][0]]),
            float(times[run[-1][0]]) + step,
            float(min(original[second] for _, second in run)),
            float(max(original[second] for _, second in run)) + step_s(original),
        )
        for run in runs
    )
