"""Which frames of a clip are hashed, and how many seconds the hashes of a clip stand for.

One frame a second tells long clips apart. Of a short one that leaves three or four hashes, which lie up to half a
second beside those of a copy that was trimmed or runs at another speed. So clips of less than eight seconds are hashed
four times a second: the frames of a copy then lie an eighth of a second away at most. What files say of their duration
is not believed: the frames of the first eight seconds are held back until the clip ends or goes on beyond them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from facewarden.matching.pdq import reduced
from facewarden.media import Frame
from facewarden.media.pace import TOLERANCE_S, Pace

FRAMES_PER_S = 1.0
DENSE_FRAMES_PER_S = 4.0
"""Of clips below `SHORT_S`; whoever decodes a clip for hashing asks for so many frames a second, or more."""

SHORT_S = 8.0
LOOK_SIDE = 1024


def chosen(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames to be hashed, none above `LOOK_SIDE`: four a second of a clip below eight seconds, else one a second.

    At most 32 frames are held back; after these one goes out for each that is wanted, before the next is asked for.
    """
    held: list[Frame] = []
    dense, sparse = Pace(DENSE_FRAMES_PER_S), Pace(FRAMES_PER_S)
    coming = iter(frames)
    for frame in coming:
        if frame.time_s >= SHORT_S - TOLERANCE_S:
            break
        if dense.wants(frame.time_s):
            held.append(_reduced(frame))
    else:
        yield from held
        return
    while held:
        early = held.pop(0)
        if sparse.wants(early.time_s):
            yield early
    if sparse.wants(frame.time_s):
        yield _reduced(frame)
    for frame in coming:
        if sparse.wants(frame.time_s):
            yield _reduced(frame)


def step_s(times: npt.NDArray[np.float64]) -> float:
    """For how long each of a clip's hashes stands: until the next one, from a quarter of a second to a second."""
    shortest, longest = 1 / DENSE_FRAMES_PER_S, 1 / FRAMES_PER_S
    if len(times) < 2:
        return longest
    return float(np.clip(np.median(np.diff(_ticks(times))) * shortest, shortest, longest))


def seconds_of(times: npt.NDArray[np.float64], own_s: float, coarse_s: float) -> float:
    """How much time hashes make up that lie at `times`, in order, counted in steps of `coarse_s`.

    That is the longer of the steps of the two clips that are compared. Where it is this clip's own, every hash counts
    for its step. Where the other was hashed less often, hashes count for a step of the other's only if they lie that
    far apart: else four of one second would pass for four seconds. Several of one quarter of a second are one.

    Args:
        own_s: what `step_s` says of the whole clip.
    """
    apart = (coarse_s - own_s / 2) * DENSE_FRAMES_PER_S
    count, last = 0, -np.inf
    for tick in _ticks(times).tolist():
        if tick - last >= apart:
            count, last = count + 1, tick
    return count * coarse_s


def _ticks(times: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The quarters of a second that `chosen` took the frames for: real frames come a bit later."""
    return np.floor((times + TOLERANCE_S) * DENSE_FRAMES_PER_S).astype(np.int64)


def _reduced(frame: Frame) -> Frame:
    return replace(frame, image_rgb=reduced(frame.image_rgb, LOOK_SIDE))
