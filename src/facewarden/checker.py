"""The main job: from a path to a report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import facewarden
from facewarden.analysis import BRISK_S, Analysis, Finding, join_people
from facewarden.assembly import (
    JudgedPerson,
    face_part,
    file_part,
    height_px,
    judge_people,
    person_part,
    sentence,
    with_heat,
)
from facewarden.cues.frame_forgery import MODEL, WORN_FROM, ForgerySession
from facewarden.cues.lab_mark import LabMark, find_lab_mark
from facewarden.cues.protocol import Cue
from facewarden.cues.provenance import ProvenanceCue
from facewarden.cues.registered_identity import RegisteredIdentity
from facewarden.effort import EFFORTS, FAST, all_cues
from facewarden.errors import FacewardenError, MediaError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.fitness import MIN_HEIGHT_PX
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.likeness import Likeness
from facewarden.faces.naming import name_tracks
from facewarden.faces.tracker import FaceTracker
from facewarden.media import Limits, Media, Opening, open_media
from facewarden.media.frame import ImageRGB
from facewarden.messages import LANGUAGES, Message
from facewarden.models import model_digest, registry
from facewarden.portraits import KeyPictures
from facewarden.report.model import Level, Report, Sentence, Versions
from facewarden.report.origin import provenance_part
from facewarden.verdict import calibration as calibrations
from facewarden.verdict.calibration import Calibration
from facewarden.verdict.judgement import Judgement, judge_file

Hook = Callable[[str, float], None]
"""Progress: called as hook(path, fraction 0..1) now and then while a file is checked."""


_MARK_FRAMES = 8


class Checker:
    """Checks files one after another; loads models once.

    Example:
        >>> from facewarden import Checker
        >>> checker = Checker(effort="fast")
        >>> checker.effort.samples_per_s
        1.0
    """

    def __init__(
        self,
        *,
        effort: str = "default",
        language: str = "en",
        small_faces: bool = False,
        pictures: bool = False,
        cues: Sequence[Cue] | None = None,
        calibration: Calibration | None = None,
        limits: Limits | None = None,
        people: Likeness | None = None,
    ) -> None:
        """Prepare.

        Args:
            effort: ``fast``, ``default`` or ``thorough``.
            language: of the report's sentences: ``en``, ``zh`` or ``ko``.
            small_faces: look for faces down to about 40 px in large frames (slower).
            pictures: keep key pictures in `Report.pictures` (in memory) for a page with pictures.
            cues: cues of faces instead of the built-in and installed ones.
            calibration: instead of the one that ships with the package.
            limits: what a file may cost.
            people: to be looked for; every face of the report says whom of them it resembles. Nobody is named
                without them.

        Raises:
            ValueError: for an unknown effort or language.
            UsageError: an installed cue of a third party cannot be used.
        """
        if effort not in EFFORTS:
            raise ValueError(f"effort must be one of {', '.join(EFFORTS)}, but got {effort!r}")
        if language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, but got {language!r}")
        self.effort = EFFORTS[effort]
        self._language = language
        self._small_faces = small_faces
        self._pictures = pictures
        self._cues = list(cues) if cues is not None else all_cues(self.effort)
        self._people = people
        if people is not None:
            self._cues.append(RegisteredIdentity(people))
        self._calibration = calibration
        self._limits = limits or Limits()
        self._encoder = IdentityEncoder() if self.effort.identities or people is not None else None
        # Loaded in the background while the first file is opened and its decoder starts.
        loading = ThreadPoolExecutor(1, thread_name_prefix="facewarden-load")
        self._finder = loading.submit(FaceFinder)
        loading.shutdown(wait=False)

    def check(
        self, path: str | os.PathLike[str], *, hook: Hook | None = None, name: str | None = None
    ) -> Report:
        """Check one file; a file that cannot be read gives a report with `error` set, never an exception.

        Args:
            path: of a photo or clip.
            hook: told of the progress.
            name: what to call the file in the report instead of its path (for standard input).
        """
        started = time.monotonic()
        place = Path(path)
        label = name or printable(path)
        try:
            report = self._check(place, label, hook)
        except MediaError as error:
            report = unread(label, error, language=self._language)
        return report.model_copy(update={"elapsed_s": round(time.monotonic() - started, 3)})

    def _check(self, path: Path, label: str, hook: Hook | None) -> Report:
        calibration = self._calibration or calibrations.default()
        rate, opening = self.effort.later_frames_per_s, Opening(BRISK_S, self.effort.frames_per_s)
        with open_media(path, limits=self._limits, frames_per_s=rate, opening=opening) as media:
            keeper, analysis = self._prepare(media)
            mark = self._look(media, analysis, hook, label)
            findings = analysis.finish()
            facts, warnings = media.facts, media.warnings
        join_people([finding.track for finding in findings])
        people = judge_people(findings, calibration)
        verdict = judge_file([person.judgement for person in people], calibration)
        threshold = calibration.thresholds.of(verdict.level)
        language = self._language
        tracks = [finding.track for finding in findings]
        named = {}
        if self._people is not None:
            self._people.spend(sum(bool(track.embeddings) for track in tracks))
            named = name_tracks(tracks, self._people)
        return Report(
            path=label,
            sha256=facts.sha256,
            media=facts.kind,
            level=verdict.level,
            probability=None if verdict.probability is None else round(verdict.probability, 4),
            abstained=verdict.abstained,
            reason=verdict.reason or None,
            sentence=self._sentence(verdict, facts.kind),
            false_positive_rate=verdict.false_positive_rate,
            true_positive_rate=threshold.found_in(facts.kind) if threshold else None,
            tested=threshold.tested.get(facts.kind) if threshold else None,
            people=[person_part(person, language) for person in people],
            faces=[
                face_part(face, calibration, language, named=named.get(face.finding.track.number))
                for person in people
                for face in person.faces
            ],
            provenance=provenance_part(ProvenanceCue().origin(path, facts), lab_mark=mark, language=language),
            file=file_part(facts, analysis.frames),
            not_checked=self._not_checked(facts.kind, facts.has_audio, findings, people, warnings),
            language=language,
            versions=_versions(calibration),
            pictures=with_heat(keeper.pictures(), findings) if keeper else [],
        )

    def _prepare(self, media: Media) -> tuple[KeyPictures | None, Analysis]:
        photo = media.facts.kind == "photo"
        tracker = FaceTracker(
            finder=self._finder.result(),
            detect_every=self.effort.detect_every,
            small_faces=self._small_faces,
            photo=photo,
        )
        analysis = Analysis(
            media.facts,
            self._cues,
            tracker,
            samples_per_s=self.effort.samples_per_s,
            later_samples_per_s=self.effort.later_samples_per_s,
            encoder=None if photo and self._people is None else self._encoder,
        )
        keeper = None
        if self._pictures:
            forgery = next((s for s in analysis.sessions if isinstance(s, ForgerySession)), None)
            keeper = KeyPictures(forgery.score_at if forgery else lambda track, time_s: None)
            analysis.witness = keeper
        return keeper, analysis

    def _look(self, media: Media, analysis: Analysis, hook: Hook | None, label: str) -> LabMark:
        marked: list[ImageRGB] = []
        for number, frame in enumerate(media.frames()):
            if number % 5 == 0 and len(marked) < _MARK_FRAMES:
                marked.append(frame.image_rgb)
            analysis.see(frame)
            if hook is not None:
                hook(label, media.progress)
        return find_lab_mark(marked)

    def _sentence(self, verdict: Judgement, kind: str) -> Sentence:
        outcome = "no_face" if verdict.reason == "no_face" else str(verdict.level)
        return sentence(Message(f"verdict.{kind}.{outcome}"), self._language)

    def _not_checked(
        self,
        kind: str,
        has_audio: bool,
        findings: Sequence[Finding],
        people: Sequence[JudgedPerson],
        warnings: Sequence[str],
    ) -> list[Sentence]:
        left_out = [Message("left_out.generated")]
        if has_audio:
            left_out.append(Message("left_out.sound"))
        if kind == "clip":
            rates = sorted({self.effort.later_samples_per_s, self.effort.samples_per_s})
            left_out.append(Message("left_out.between", {"per_s": "–".join(f"{r:g}" for r in rates)}))
        if any(height_px(finding.track) < MIN_HEIGHT_PX for finding in findings):
            left_out.append(Message("left_out.small_faces", {"px": int(MIN_HEIGHT_PX)}))
        if any(reading.wear >= WORN_FROM for finding in findings for reading in finding.readings):
            left_out.append(Message("left_out.worn"))
        if self.effort is FAST:
            left_out.append(Message("left_out.fast"))
        left_out += [Message(f"left_out.{code}") for code in warnings]
        return [sentence(message, self._language) for message in left_out]


def check(
    path: str | os.PathLike[str],
    *,
    effort: str = "default",
    language: str = "en",
    small_faces: bool = False,
    hook: Hook | None = None,
) -> Report:
    """Check one photo or clip for manipulated faces.

    Args:
        path: the file.
        effort: ``fast``, ``default`` or ``thorough``.
        language: of the sentences: ``en``, ``zh`` or ``ko``.
        small_faces: look for faces down to about 40 px in large frames.
        hook: told of the progress.

    Returns:
        The report. A file that cannot be read gives a report with `error` set and level ``inconclusive``.

    Example:
        >>> import facewarden
        >>> report = facewarden.check("examples/genuine.jpg")
        >>> report.level.value
        'no_sign'
        >>> [face.level.value for face in report.faces]
        ['no_sign']
    """
    checker = Checker(effort=effort, language=language, small_faces=small_faces)
    return checker.check(path, hook=hook)


def unread(label: str, error: FacewardenError, *, language: str = "en") -> Report:
    """The report on a file (or folder) that could not be read, for the reason that `error` names."""
    return Report(
        path=label,
        sha256=None,
        media=None,
        level=Level.INCONCLUSIVE,
        probability=None,
        abstained=True,
        reason=error.reason,
        sentence=sentence(Message(f"error.{error.reason}"), language),
        error=str(error),
        language=language,
        versions=Versions(facewarden=facewarden.__version__),
    )


def printable(path: str | os.PathLike[str]) -> str:
    """The path as valid Unicode: what a file name holds that is none becomes an escape such as ``\\udcff``."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _versions(calibration: Calibration) -> Versions:
    return Versions(
        facewarden=facewarden.__version__,
        models={MODEL: model_digest(MODEL)[:12]},
        bundle=registry.in_use().name,
        calibration=calibration.version,
    )
