"""Whether a clip shows the very moments of another, or only the same scene.

Where hardly anything moves, all frames are within the radius of a match, whatever their time: a second take, or a later
answer, looks like a copy. What tells a copy is that each of its frames is clearly nearer to its own moment of the
original than to the others. Squares around faces tell it where the whole frame does not: a mouth is two of 256 cells
of a frame, and much of a square. What is nearly identical needs no such proof, such as a picture that stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.matching.clip_frames import step_s
from facewarden.matching.pdq import REVIEW, Words
from facewarden.matching.timeline import TIME_TOLERANCE_S, Line

WHOLE_RATIO, FACE_RATIO = 0.6, 0.5
"""How far, at most, frames of a copy are from their own moments, of how far they are from others. Of clips of one scene
none was below .61 by the whole frame and .51 by faces; all 176 edited copies with enough seconds passed by one or the
other, or as identical (docs/matching.md)."""

NEAR_FACE = 8.0
"""Faces of up to so many bits off have the ratio of whole frames: half of them is less than the codec changes."""

WHOLE_IDENTICAL, FACE_IDENTICAL = 4.0, 5.0
"""Mean bits up to which frames are the same whatever moves; of clips of one scene the nearest had 4.9 and 5.7."""

APART_S, FAR_S = 0.6, 3.0
"""Other moments are those at least and at most so far from a frame's own. A minute later somebody sits in another way,
so that moments far away prove nothing: the nearest of them would be chosen, and any other take has one."""

LEAST_PLACED = 0.75
"""So much of what matches must lie beside moments of the original for a shift of time to be tried: a few frames are
near something by chance."""

MOST_MOMENTS = 32
_SHIFT_S = 0.125

Times = npt.NDArray[np.float64]
Bits = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stored:
    """Hashes of one enrolled clip.

    Attributes:
        words: (K, 4) uint64.
        seconds: (K,) the number of the second that each hash is of.
    """

    words: Words
    seconds: npt.NDArray[np.int64]

    def bits_to(self, looks: Sequence[Words], count: int) -> Bits:
        """(L, count): bits from the nearest of each look's hashes to the nearest of each second, up to `REVIEW`."""
        bits = np.full((len(looks), count), float(REVIEW))
        for row, words in zip(bits, looks, strict=True):
            if len(words) and len(self.words):
                apart = np.bitwise_count(words[:, None] ^ self.words[None]).sum(axis=2, dtype=np.int64)
                np.minimum.at(row, self.seconds, apart.min(axis=0))
        return bits


def some_of(matched: Sequence[int]) -> list[int]:
    """At most `MOST_MOMENTS` of them, evenly spread."""
    if len(matched) <= MOST_MOMENTS:
        return list(matched)
    places = np.linspace(0, len(matched) - 1, MOST_MOMENTS).round().astype(int)
    return [matched[place] for place in places]


def shows_its_moments(whole: Bits, face: Bits, times: Times, original: Times, line: Line) -> bool:
    """Whether frames are nearer to their own moments of the original than to others, or identical.

    Args:
        whole, face: (M, S) bits between M frames and the S seconds of the original (`Stored.bits_to`).
        times: (M,) of the frames, in seconds.
        original: (S,) of the seconds of the original.
        line: of time; up to a second beside it the exact one is looked for.
    """
    lag = original[None] - line.speed * times[:, None] - line.offset_s
    step = max(step_s(times), step_s(original))
    for bits, ratio, near, identical in (
        (whole, WHOLE_RATIO, 0.0, WHOLE_IDENTICAL),
        (face, FACE_RATIO, NEAR_FACE, FACE_IDENTICAL),
    ):
        own, others = _own_and_others(bits, lag, step)
        if own <= identical or own <= (WHOLE_RATIO if own <= near else ratio) * others:
            return True
    return False


def _own_and_others(bits: Bits, lag: Bits, step: float) -> tuple[float, float]:
    """Mean bits at the nearest shift of time, and those to other moments then; (inf, 0) where none could be tried."""
    best = np.inf, 0.0
    frames = np.arange(len(bits))
    for shift in np.arange(-TIME_TOLERANCE_S, TIME_TOLERANCE_S + _SHIFT_S / 2, _SHIFT_S):
        off = np.abs(lag - shift)
        nearest = off.argmin(axis=1)
        placed = off[frames, nearest] <= 0.53 * step
        if placed.sum() < LEAST_PLACED * len(bits):
            continue
        own = float(bits[frames, nearest][placed].mean())
        if own < best[0]:
            best = own, _mean_of_others(bits[placed], (off[placed] >= APART_S) & (off[placed] <= FAR_S))
    return best


def _mean_of_others(bits: Bits, other: npt.NDArray[np.bool_]) -> float:
    some = other.any(axis=1)
    if not some.any():
        return 0.0
    sums = np.where(other, bits, 0.0).sum(axis=1)[some]
    return float((sums / other.sum(axis=1)[some]).mean())
