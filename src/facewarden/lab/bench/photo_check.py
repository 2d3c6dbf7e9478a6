"""The whole check of a photo, on a picture in memory: for measuring what is never written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from facewarden.analysis import Analysis, join_people
from facewarden.assembly import judge_people
from facewarden.cues import frame_forgery, resolution_mismatch
from facewarden.effort import DEFAULT, built_in_cues
from facewarden.faces.finder import FaceFinder
from facewarden.faces.tracker import FaceTracker
from facewarden.media.facts import MediaFacts
from facewarden.media.frame import Frame, ImageRGB
from facewarden.report.model import Level
from facewarden.verdict import calibration as calibrations
from facewarden.verdict.judgement import judge_file

_FOUND = (Level.LIKELY, Level.VERY_LIKELY)
_FACTS = MediaFacts("photo", 1, "0" * 64, "png", "png", 1, 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the whole check says of one picture.

    Attributes:
        level, reason: of the file.
        logit: the highest raw score of the forgery cue, None where it abstained.
        other: another cue of the face says something unusual.
    """

    level: Level
    reason: str
    logit: float | None
    other: bool

    @property
    def found(self) -> bool:
        return self.level in _FOUND

    @property
    def abstained(self) -> bool:
        """The check says nothing of the face, for `reason`."""
        return self.level is Level.INCONCLUSIVE and self.reason != "mixed_evidence"

    @property
    def unclear(self) -> bool:
        """It was judged, and the evidence is weak or inconclusive."""
        return self.level in (Level.WEAK, Level.INCONCLUSIVE) and not self.abstained

    @property
    def fooled(self) -> bool:
        """A confident `no_sign`, and nothing else in the report that would make a reader wonder."""
        return self.level is Level.NO_SIGN and not self.other


class PhotoCheck:
    """The check of a photo, on a picture in memory."""

    def __init__(self) -> None:
        self.finder = FaceFinder()
        self._cues = built_in_cues(DEFAULT)

    def judge(self, image_rgb: ImageRGB) -> Seen:
        tracker = FaceTracker(finder=self.finder, photo=True)
        analysis = Analysis(_FACTS, self._cues, tracker, samples_per_s=1.0)
        analysis.see(Frame(image_rgb, 0.0, 0))
        findings = analysis.finish()
        join_people([finding.track for finding in findings])
        people = judge_people(findings, self._calibration)
        verdict = judge_file([person.judgement for person in people], self._calibration)
        readings = [reading for finding in findings for reading in finding.readings]
        scores = [r.score for r in readings if r.cue == frame_forgery.NAME and r.score is not None]
        other = any(
            r.cue == resolution_mismatch.NAME and not r.abstained and not r.sentence.id.endswith(".even")
            for r in readings
        )
        return Seen(verdict.level, verdict.reason, max(scores) if scores else None, other)

    @cached_property
    def _calibration(self) -> calibrations.Calibration:
        return calibrations.default()
