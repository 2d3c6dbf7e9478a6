"""From findings and judgements to the typed report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.analysis import Finding
from facewarden.cues.reading import Heat, Reading
from facewarden.faces.naming import Named
from facewarden.faces.track import FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message, Parameter
from facewarden.report.model import (
    Box,
    CueReading,
    Face,
    FileFacts,
    HeatMap,
    KeyPicture,
    Level,
    Person,
    Resemblance,
    ScorePoint,
    Sentence,
    TimeSpan,
)
from facewarden.report.wording import number, one_in
from facewarden.verdict.calibration import Calibration
from facewarden.verdict.judgement import Judgement, fuse, judge_face, judge_together

_LANE_POINTS = 600
"""A lane never holds more points than this, however long the clip: peaks are kept."""


@dataclass(frozen=True, slots=True)
class JudgedFace:
    finding: Finding
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class JudgedPerson:
    faces: tuple[JudgedFace, ...]
    judgement: Judgement


def judge_people(findings: Sequence[Finding], calibration: Calibration) -> list[JudgedPerson]:
    """Judge every track, and every person by their tracks (`FaceTrack.person` must be set)."""
    faces = [
        JudgedFace(f, judge_face(f.readings, calibration, height_px=height_px(f.track))) for f in findings
    ]
    people = sorted({face.finding.track.person for face in faces})
    grouped = [tuple(face for face in faces if face.finding.track.person == number) for number in people]
    return [JudgedPerson(g, judge_together([face.judgement for face in g], calibration)) for g in grouped]


def height_px(track: FaceTrack) -> float:
    """Median height of the face over the track's samples."""
    return float(np.median(track.heights_px)) if track.heights_px else 0.0


def sentence(message: Message, language: str) -> Sentence:
    return Sentence(id=message.id, params=message.params, text=message.render(language))


def face_part(
    face: JudgedFace, calibration: Calibration, language: str, *, named: Named | None = None
) -> Face:
    """The report's part on one track; `named` is whom it resembles, where people were named at all."""
    track, judgement = face.finding.track, face.judgement
    votes = fuse(face.finding.readings, calibration)
    return Face(
        track=track.number,
        person=track.person,
        start_s=round(track.start_s, 3),
        end_s=round(track.end_s, 3),
        frames_analysed=len(track.heights_px),
        face_height_px=round(height_px(track), 1),
        box=_box(track, face.finding.readings),
        probability=_rounded(judgement.probability),
        level=judgement.level,
        abstained=judgement.abstained,
        reason=judgement.reason or None,
        sentence=sentence(Message(f"verdict.face.{judgement.level}"), language),
        cues=[cue_part(reading, votes.get(reading.cue), language) for reading in face.finding.readings],
        resemblance=None if named is None else resemblance_part(named, judgement.level, language),
    )


def resemblance_part(named: Named, level: Level, language: str) -> Resemblance:
    """The report's part on whom a face of this level resembles."""
    return Resemblance(
        person=named.person or None,
        name=named.name or None,
        distance=None if named.distance is None else round(named.distance, 4),
        false_positive_rate=named.false_positive_rate,
        compared_with=named.compared_with,
        swapped=bool(named.person) and level.rank >= Level.WEAK.rank,
        also_tracks=list(named.also_tracks),
        reason=named.reason or None,
        sentences=[sentence(message, language) for message in _whom(named, level, language)],
    )


def _whom(named: Named, level: Level, language: str) -> list[Message]:
    if named.reason:
        return [Message("resemblance.not_compared"), Message(f"abstain.{named.reason}")]
    if named.distance is None or named.false_positive_rate is None:
        return [Message("resemblance.nobody", {"people": named.compared_with})]
    swapped = {Level.WEAK: "_swapped_weak", Level.LIKELY: "_swapped", Level.VERY_LIKELY: "_swapped"}
    key = ("probably" if named.probable else "perhaps") + swapped.get(level, "")
    params: dict[str, Parameter] = {
        "name": named.name,
        "distance": f"{named.distance:.2f}",
        "of": number(one_in(named.false_positive_rate), language),
    }
    said = [Message(f"resemblance.{key}", params)]
    if named.also_tracks:
        said.append(Message("resemblance.at_once", {"faces": len(named.also_tracks)}))
    return said


def person_part(person: JudgedPerson, language: str) -> Person:
    """The report's part on one person."""
    tracks = [face.finding.track for face in person.faces]
    return Person(
        person=tracks[0].person,
        tracks=[track.number for track in tracks],
        start_s=round(min(track.start_s for track in tracks), 3),
        end_s=round(max(track.end_s for track in tracks), 3),
        probability=_rounded(person.judgement.probability),
        level=person.judgement.level,
        abstained=person.judgement.abstained,
        sentence=sentence(Message(f"verdict.person.{person.judgement.level}"), language),
    )


def cue_part(reading: Reading, llr: float | None, language: str) -> CueReading:
    """The report's part on one reading."""
    return CueReading(
        cue=reading.cue,
        abstained=reading.abstained,
        reason=reading.reason or None,
        log_likelihood_ratio=_rounded(llr),
        score=_rounded(reading.score),
        sentence=sentence(reading.sentence, language),
        spans=[TimeSpan(start_s=round(s.start_s, 3), end_s=round(s.end_s, 3)) for s in reading.spans],
        series=_lane(reading),
        heat_maps=[heat_part(heat) for heat in reading.heats],
        facts=reading.facts,
    )


def heat_part(heat: Heat) -> HeatMap:
    """The heat map as whole numbers 0..255."""
    levels = np.clip(np.rint(heat.grid * 255), 0, 255).astype(int)
    return HeatMap(time_s=round(heat.time_s, 3), grid=levels.tolist())


def file_part(facts: MediaFacts, frames_analysed: int) -> FileFacts:
    """The report's facts of the file."""
    return FileFacts(
        container=facts.container,
        codec=facts.codec,
        width=facts.width,
        height=facts.height,
        duration_s=round(facts.duration_s, 3),
        frame_rate=round(facts.frame_rate, 3),
        bit_rate=facts.bit_rate,
        size_bytes=facts.size_bytes,
        pixel_format=facts.pixel_format,
        rotation_deg=facts.rotation_deg,
        has_audio=facts.has_audio,
        frames_analysed=frames_analysed,
    )


def with_heat(pictures: Sequence[KeyPicture], findings: Sequence[Finding]) -> list[KeyPicture]:
    """Give each key picture the heat map of its own moment, where one was kept."""
    heats = {
        (finding.track.number, heat.time_s): heat_part(heat)
        for finding in findings
        for reading in finding.readings
        for heat in reading.heats
    }
    return [p.model_copy(update={"heat": heats.get((p.track, p.time_s))}) for p in pictures]


def _box(track: FaceTrack, readings: Sequence[Reading]) -> Box:
    telling = next((r.heats[0].time_s for r in readings if r.heats), None)
    if telling is None:
        telling = track.boxes[len(track.boxes) // 2][0]
    time_s, box = min(track.boxes, key=lambda entry: abs(entry[0] - telling))
    x0, y0, x1, y1 = (round(float(v), 1) for v in box)
    return Box(time_s=round(time_s, 3), x0=x0, y0=y0, x1=x1, y1=y1)


def _lane(reading: Reading) -> list[ScorePoint]:
    moments = reading.series
    bucket = max(1, -(-len(moments) // _LANE_POINTS))
    peaks = [
        max(moments[i : i + bucket], key=lambda moment: moment.score) for i in range(0, len(moments), bucket)
    ]
    return [ScorePoint(time_s=round(m.time_s, 3), score=round(m.score, 4)) for m in peaks]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
