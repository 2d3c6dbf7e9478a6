"""The lane of a person: a cue's score over time, as plain numbers that the page draws.

The drawing stretches to the width of the page, so it holds no text; labels are placed beside it in per cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from facewarden.report.model import CueReading, ScorePoint, TimeSpan
from facewarden.report.wording import clock

HEIGHT = 100
"""Height of the drawing in its own units; it is 1000 wide."""

_WIDTH = 1000
_MARGIN = 6.0
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of the lane, in per cent of its width."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A time label under the lane, `left` in per cent of its width."""

    left: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One cue's score of one person over the whole clip.

    Attributes:
        cue: name of the cue.
        curves: (x, y) points of each unbroken stretch, x in 0..1000, y in 0..100 downwards.
        gaps: where nothing was judged.
        spans: the seconds that speak most.
        threshold_y: height of the threshold line, None where the cue names none.
        ticks: time labels.
        peak_s: time of the highest score.
        gap_times: the gaps in seconds, for readers who cannot see the drawing.
    """

    cue: str
    curves: tuple[tuple[tuple[float, float], ...], ...]
    gaps: tuple[Strip, ...]
    spans: tuple[Strip, ...]
    threshold_y: float | None
    ticks: tuple[Tick, ...]
    peak_s: float
    gap_times: tuple[tuple[float, float], ...]


def lane(cue: str, readings: Sequence[CueReading], duration_s: float) -> Lane | None:
    """Join the readings of one cue on all tracks of a person; None where there is nothing to draw."""
    stretches = [
        part
        for reading in readings
        if len(reading.series) > 1
        for part in _unbroken(sorted(reading.series, key=lambda point: point.time_s))
    ]
    if not stretches or duration_s <= 0:
        return None
    duration_s = max(duration_s, max(part[-1].time_s for part in stretches))
    covered = sorted((part[0].time_s, part[-1].time_s) for part in stretches)
    gaps = _uncovered(covered, duration_s)
    peak = max((point for part in stretches for point in part), key=lambda point: point.score)
    spans = [span for reading in readings for span in reading.spans]
    thresholds = [
        float(value)
        for reading in readings
        if isinstance(value := reading.facts.get("threshold"), int | float) and 0 <= value <= 1
    ]
    return Lane(
        cue=cue,
        curves=tuple(
            tuple((round(_WIDTH * p.time_s / duration_s, 1), _height(p.score)) for p in part)
            for part in stretches
        ),
        gaps=tuple(_strip(start, end, duration_s) for start, end in gaps),
        spans=tuple(_strip_of(span, duration_s) for span in spans),
        threshold_y=_height(thresholds[0]) if thresholds else None,
        ticks=ticks(duration_s),
        peak_s=peak.time_s,
        gap_times=tuple(gaps),
    )


def ticks(duration_s: float) -> tuple[Tick, ...]:
    """At most six round times from 0 on, none so near the end that its label would leave the lane."""
    step = next((step for step in _STEPS_S if duration_s / step <= _MOST_TICKS), _STEPS_S[-1])
    count = int(duration_s / step + 1e-9)
    return tuple(
        Tick(left=round(100 * number * step / duration_s, 2), text=clock(number * step, tenths=step < 1))
        for number in range(count + 1)
    )


def _unbroken(points: list[ScorePoint]) -> list[list[ScorePoint]]:
    """Split where the distance in time is far above the usual one."""
    usual = median(second.time_s - first.time_s for first, second in pairwise(points))
    parts = [[points[0]]]
    for first, second in pairwise(points):
        if second.time_s - first.time_s > max(3 * usual, 0.5):
            parts.append([])
        parts[-1].append(second)
    return parts


def _uncovered(covered: list[tuple[float, float]], duration_s: float) -> list[tuple[float, float]]:
    """The stretches of the clip that no curve covers; slivers that nobody could see are left out."""
    least = max(0.01 * duration_s, 0.3)
    gaps, reached = [], 0.0
    for start, end in covered:
        if start - reached > least:
            gaps.append((reached, start))
        reached = max(reached, end)
    if duration_s - reached > least:
        gaps.append((reached, duration_s))
    return gaps


def _height(score: float) -> float:
    return round(HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * score, 1)


def _strip(start_s: float, end_s: float, duration_s: float) -> Strip:
    left = min(max(100 * start_s / duration_s, 0.0), 100.0)
    right = min(max(100 * end_s / duration_s, left), 100.0)
    return Strip(left=round(left, 2), width=round(right - left, 2))


def _strip_of(span: TimeSpan, duration_s: float) -> Strip:
    return _strip(span.start_s, span.end_s, duration_s)
