"""What a cue says of one face, or of one file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facewarden.messages import Message, Parameter


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds from the start of the clip; both ends belong to it."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A cue's score at one time of a track, in [0, 1] (uncalibrated: for the lane, not for a verdict)."""

    time_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Heat:
    """Where in an aligned face crop a cue saw something.

    Attributes:
        time_s: the frame that it speaks of.
        grid: (G, G) float32 in [0, 1], row 0 at the top of the aligned crop.
    """

    time_s: float
    grid: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """One cue's word on one face track (or on the file, for cues of the file).

    A reading either judges (`abstained` False) or abstains with a `reason`; an abstention carries no score.

    Attributes:
        cue: name of the cue.
        abstained: True where the cue could not judge.
        reason: stable code of the abstention (``too_small``, ``too_blurred``, ``turned_away``,
            ``too_short``, ``too_compressed``, ``not_applicable``...), "" otherwise.
        score: the cue's raw, pooled score (any scale, higher is more suspicious), None when abstained.
        sentence: what a person reads.
        spans: the seconds that speak most.
        series: score over time.
        heats: heat maps of the most telling frames.
        facts: small extra numbers or words for the report.
        wear: how worn the pictures are that the score was read from, in [0, 1]; 0 also where the cue cannot tell.
    """

    cue: str
    sentence: Message
    abstained: bool = False
    reason: str = ""
    score: float | None = None
    spans: tuple[Span, ...] = ()
    series: tuple[Moment, ...] = ()
    heats: tuple[Heat, ...] = ()
    facts: dict[str, Parameter] = field(default_factory=dict)
    wear: float = 0.0

    @classmethod
    def abstention(cls, cue: str, reason: str, **params: Parameter) -> Reading:
        """A reading that says why the cue `cue` could not judge; the sentence is ``abstain.<reason>``."""
        return cls(cue=cue, abstained=True, reason=reason, sentence=Message(f"abstain.{reason}", params))
