"""Our own check as a detector of the benchmark."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from facewarden.checker import Checker
from facewarden.cues import frame_forgery
from facewarden.effort import DEFAULT, EFFORTS, built_in_cues
from facewarden.errors import MediaError, ModelError, UsageError
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.version import code_version, rooms_besides
from facewarden.models import registry
from facewarden.models.bundle import CARD, SHIPPED, Bundle
from facewarden.report.model import Report
from facewarden.verdict.calibration import load as load_calibration

_CUES = ("frame_forgery", "temporal_texture")
"""Those that vote: each is a part of its own."""
# What has no say in a score of a check that looks for nobody; everything else makes another version.
NO_SAY = (
    "acting", "cases", "cli", "lab", "locales", "matching", "messages", "outbound", "places", "policy", "protect",
    "vault", "watch",
)  # fmt: skip


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
        return code_version(*rooms_besides(*NO_SAY), files=own)

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the report's probability with its level; raises MediaError where there is no verdict."""
        return judgement_of(self._checker.check(path))

    @cached_property
    def _checker(self) -> Checker:
        return Checker()


class VariantDetector:
    """The same check by another bundle, such as that of an earlier release, or with another effort.

    No part of it is a detector of its own: beside ours it is one row.
    """

    def __init__(self, *, bundle: Bundle | None = None, effort: str = DEFAULT.name) -> None:
        """Take what is to be different.

        Raises:
            ModelError: the files of the bundle are missing or do not belong together.
            UsageError: there is no such effort.
        """
        if bundle is not None and (faults := bundle.faults()):
            raise ModelError(faults[0])
        if effort not in EFFORTS:
            raise UsageError(f"effort must be one of {', '.join(EFFORTS)}, but got {effort}")
        self._bundle, self._effort = bundle, effort
        self.name = f"facewarden, model {bundle.name}" if bundle else f"facewarden --{effort}"

    def __getstate__(self) -> dict[str, object]:
        return {"_bundle": self._bundle, "_effort": self._effort, "name": self.name}

    @cached_property
    def version(self) -> str:
        bundle = self._bundle or registry.in_use()
        files = [bundle.network, bundle.folder / CARD, bundle.calibration]
        return code_version(*rooms_besides(*NO_SAY), files=files)

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the report's probability with its level; raises MediaError where there is no verdict."""
        return replace(judgement_of(self._checker.check(path)), parts={})

    @cached_property
    def _checker(self) -> Checker:
        if self._bundle is None:
            return Checker(effort=self._effort)
        effort = EFFORTS[self._effort]
        own = frame_forgery.FrameForgery(samples_per_s=effort.samples_per_s, bundle=self._bundle)
        cues = [own if cue.name == frame_forgery.NAME else cue for cue in built_in_cues(effort)]
        return Checker(effort=self._effort, cues=cues, calibration=load_calibration(self._bundle.calibration))


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
