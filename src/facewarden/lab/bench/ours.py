"""Our own check as a detector of the benchmark."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from facewarden.checker import Checker
from facewarden.errors import MediaError
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.version import code_version, rooms_besides
from facewarden.models import registry
from facewarden.models.bundle import CARD, SHIPPED
from facewarden.report.model import Report

_CUES = ("frame_forgery", "temporal_texture")
"""Those that vote: each is a part of its own."""
# What has no say in a score; everything else makes another version.
_NO_SAY = ("lab", "cli", "locales", "messages", "service")


class OurDetector:
    """`facewarden.check` with its defaults; the raw score of each voting cue is a part of its own."""

    name = "facewarden"

    def __getstate__(self) -> dict[str, object]:
        # Loaded networks stay behind when the detector travels to another process.
        return {}

    @cached_property
    def version(self) -> str:
        bundle = registry.in_use()
        own = [] if bundle.name == SHIPPED else [bundle.network, bundle.folder / CARD, bundle.calibration]
        return code_version(*rooms_besides(*_NO_SAY), files=own)

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the report's probability with its level; raises MediaError where there is no verdict."""
        return judgement_of(self._checker.check(path))

    @cached_property
    def _checker(self) -> Checker:
        return Checker()


def judgement_of(report: Report) -> Judgement:
    """Turn a report into what a benchmark counts."""
    if report.error is not None:
        raise MediaError("the file could not be checked", reason=report.reason)
    probability = None if report.abstained else report.probability
    said = {
        cue: [
            reading.score
            for face in report.faces
            for reading in face.cues
            if reading.cue == cue and reading.score is not None
        ]
        for cue in _CUES
    }
    return Judgement(
        score=probability,
        level=report.level.value,
        reason=report.reason or "",
        parts={f"facewarden, {cue} alone": max(raw) for cue, raw in said.items() if raw},
        is_probability=True,
    )
