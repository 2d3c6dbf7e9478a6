"""A made-up calibration and readings, for tests of what follows from them."""

from __future__ import annotations

from facewarden.cues.reading import Reading
from facewarden.messages import Message
from facewarden.verdict.calibration import Calibration, CueMap, Threshold, Thresholds

CALIBRATION = Calibration(
    version="test",
    cues={
        "frame_forgery": CueMap(slope=1.0, intercept=0.0, bound=6.0),
        "second": CueMap(slope=2.0, intercept=-1.0, bound=2.0),
    },
    thresholds=Thresholds(
        no_sign=-1.0,
        missed_below_no_sign=0.05,
        weak=Threshold(llr=1.0, false_positive_rate=0.05, measured=0.04, true_positive_rate=0.8),
        likely=Threshold(llr=2.5, false_positive_rate=0.01, measured=0.01, true_positive_rate=0.6),
        very_likely=Threshold(llr=4.0, false_positive_rate=0.002, measured=0.001, true_positive_rate=0.4),
    ),
    prior=0.2,
    models={},
    card={},
)


def reading(score: float, cue: str = "frame_forgery") -> Reading:
    return Reading(cue=cue, sentence=Message("cue.frame_forgery.not_seen"), score=score)
