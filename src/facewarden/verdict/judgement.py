"""Levels and probabilities of faces, people and files from fused readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from facewarden.cues.reading import Reading
from facewarden.report.model import Level
from facewarden.verdict.calibration import Calibration

_LARGE_ENOUGH = 0.5
"""An abstained face at least this tall, relative to the tallest judged one, leaves the file inconclusive."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a face, a person or a file.

    Attributes:
        level: one of `Level`.
        llr: fused log-likelihood ratio, None when abstained.
        probability: calibrated, None when abstained.
        false_positive_rate: stated rate of genuine media at this level or above; None for no_sign/inconclusive.
        reason: code of the abstention, or ``mixed_evidence`` for an inconclusive score; "" otherwise.
        height_px: of the face that decided (the tallest for abstentions).
    """

    level: Level
    llr: float | None
    probability: float | None
    false_positive_rate: float | None = None
    reason: str = ""
    height_px: float = 0.0

    @property
    def abstained(self) -> bool:
        return self.llr is None


def fuse(readings: Sequence[Reading], calibration: Calibration) -> dict[str, float]:
    """Log-likelihood ratio of each voting cue that judged; cues without a map in the calibration only explain.

    Where no cue judged that may stand alone, those that only support one do not vote either.
    """
    votes = {
        reading.cue: calibration.cues[reading.cue].llr(reading.score, wear=reading.wear)
        for reading in readings
        if reading.score is not None and not reading.abstained and reading.cue in calibration.cues
    }
    return votes if any(not calibration.cues[cue].supports for cue in votes) else {}


def judge_face(readings: Sequence[Reading], calibration: Calibration, *, height_px: float) -> Judgement:
    """Judge one face; abstains where every voting cue abstained, with the first such cue's reason."""
    votes = fuse(readings, calibration)
    if not votes:
        reasons = [
            reading.reason
            for reading in readings
            if reading.abstained
            and reading.cue in calibration.cues
            and not calibration.cues[reading.cue].supports
        ]
        return Judgement(
            Level.INCONCLUSIVE, None, None, None, reasons[0] if reasons else "no_model", height_px
        )
    return judge_llr(sum(votes.values()), calibration, height_px=height_px)


def judge_llr(llr: float, calibration: Calibration, *, height_px: float, faces: int = 1) -> Judgement:
    """Level of a fused ratio.

    With several faces in a file one of them is the highest by chance. A likelihood ratio exceeds exp(t) on genuine
    media at most exp(-t) of the time, so n looks cost log(n): the file keeps its stated rate.
    """
    limits = calibration.thresholds
    adjusted = llr - float(np.log(max(faces, 1)))
    probability = calibration.probability(llr)
    for level, threshold in (
        (Level.VERY_LIKELY, limits.very_likely),
        (Level.LIKELY, limits.likely),
        (Level.WEAK, limits.weak),
    ):
        if adjusted >= threshold.llr:
            return Judgement(level, llr, probability, threshold.false_positive_rate, "", height_px)
    if llr < limits.no_sign:
        return Judgement(Level.NO_SIGN, llr, probability, None, "", height_px)
    return Judgement(Level.INCONCLUSIVE, llr, probability, None, "mixed_evidence", height_px)


def judge_together(faces: Sequence[Judgement], calibration: Calibration) -> Judgement:
    """Judge several tracks of one person: the highest ratio, corrected for how many there were."""
    judged = [face for face in faces if face.llr is not None]
    if not judged:
        return max(faces, key=lambda face: face.height_px)
    worst = max(judged, key=lambda face: face.llr or 0.0)
    return judge_llr(worst.llr or 0.0, calibration, height_px=worst.height_px, faces=len(judged))


def judge_file(people: Sequence[Judgement], calibration: Calibration) -> Judgement:
    """Judge a file by its people: at least one manipulated, corrected for how many were looked at."""
    if not people:
        return Judgement(Level.INCONCLUSIVE, None, None, None, "no_face")
    judged = [person for person in people if person.llr is not None]
    if not judged:
        return max(people, key=lambda person: person.height_px)
    worst = max(judged, key=lambda person: person.llr or 0.0)
    outcome = judge_llr(worst.llr or 0.0, calibration, height_px=worst.height_px, faces=len(judged))
    each = [calibration.probability(person.llr or 0.0, faces=len(judged)) for person in judged]
    probability = float(1 - np.prod([1 - p for p in each]))
    tallest = max(person.height_px for person in judged)
    unjudged = [p for p in people if p.llr is None and p.height_px >= _LARGE_ENOUGH * tallest]
    if outcome.level is Level.NO_SIGN and unjudged:
        return Judgement(Level.INCONCLUSIVE, outcome.llr, probability, None, unjudged[0].reason, tallest)
    return replace(outcome, probability=probability)
