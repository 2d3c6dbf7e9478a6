"""From a report to what the page shows, in words and numbers; the templates only place it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from facewarden.messages import say
from facewarden.report.html.heat import Cell, Window, cells, hottest, regions
from facewarden.report.html.lane import Lane, lane
from facewarden.report.model import Box, CueReading, Face, HeatMap, KeyPicture, Person, Report
from facewarden.report.wording import (
    clock,
    counts,
    cue_name,
    known,
    listed,
    probability_words,
    resemblance_lines,
    said,
    stretch,
    telling_spans,
    visible,
)

MOST_MAPS = 3
"""Heat maps shown for one person."""


@dataclass(frozen=True, slots=True)
class CuePart:
    """A cue's word on a face; `state` is one of for, against, undecided, explains, silent."""

    name: str
    about: str
    sentence: str
    state: str
    state_name: str


@dataclass(frozen=True, slots=True)
class FacePart:
    """A face; `title` is empty where the person has only this one."""

    title: str
    resemblance: tuple[str, ...]
    cues: tuple[CuePart, ...]


@dataclass(frozen=True, slots=True)
class LanePart:
    lane: Lane
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class MapPart:
    """A heat map over a drawn face."""

    cells: tuple[Cell, ...]
    caption: str
    description: str


@dataclass(frozen=True, slots=True)
class PicturePart:
    """A key picture as data URIs; exists only where pictures were asked for."""

    summary: str
    where: str
    scene_uri: str
    scene_size: tuple[int, int]
    box_xyxy: tuple[float, float, float, float]
    face_uri: str
    cells: tuple[Cell, ...]
    window: Window | None


@dataclass(frozen=True, slots=True)
class PersonPart:
    """A person; `box` is where the most suspicious face stands in a picture of `frame_size` pixels."""

    number: int
    level: str
    probability: str
    when: str
    telling: str
    sentence: str
    lanes: tuple[LanePart, ...]
    maps: tuple[MapPart, ...]
    nothing_stands_out: bool
    pictures: tuple[PicturePart, ...]
    faces: tuple[FacePart, ...]
    box: Box | None
    frame_size: tuple[int, int]


def people(report: Report, *, language: str, reveal: bool) -> tuple[PersonPart, ...]:
    """The people of a file, as the page shows them."""
    return tuple(_person(person, report, language=language, reveal=reveal) for person in report.people)


def file_name(report: Report) -> str:
    """The name without its folders, safe to show."""
    return visible(PurePath(report.path).name or report.path)


def _person(person: Person, report: Report, *, language: str, reveal: bool) -> PersonPart:
    faces = [face for face in report.faces if face.track in person.tracks]
    clip = report.media == "clip"
    spans = telling_spans(faces) if clip else ()
    telling = listed((_unbroken(stretch(span.start_s, span.end_s)) for span in spans), language)
    heats = _heats(faces)
    maps = tuple(_map(heat, clip=clip, language=language) for heat in heats if regions(heat))[:MOST_MAPS]
    explained: set[str] = set()
    pictures = [p for p in report.pictures if p.track in person.tracks] if reveal else []
    strongest = max(faces, key=lambda face: face.probability or -1.0, default=None)
    return PersonPart(
        number=person.person,
        level=person.level.value,
        probability=_probability(person.probability, language),
        when=stretch(person.start_s, person.end_s) if clip else "",
        telling=say("report.most_telling", language, at=telling) if telling else "",
        sentence=said(person.sentence, language),
        lanes=_lanes(faces, report, language) if clip else (),
        maps=maps,
        nothing_stands_out=bool(heats) and not maps,
        pictures=tuple(_picture(picture, clip=clip, language=language) for picture in pictures),
        faces=tuple(
            _face(face, explained, clip=clip, alone=len(faces) == 1, language=language) for face in faces
        ),
        box=strongest.box if strongest and report.file else None,
        frame_size=(report.file.width, report.file.height) if report.file else (0, 0),
    )


def _unbroken(times: str) -> str:
    """Keep a stretch of time on one line (word joiners around the dash)."""
    return times.replace("–", "\u2060–\u2060")


def _probability(probability: float | None, language: str) -> str:
    words = probability_words(probability, language)
    return words if probability is None else f"{say('report.probability', language)} {words}"


def _face(face: Face, explained: set[str], *, clip: bool, alone: bool, language: str) -> FacePart:
    title = ""
    if not alone:
        title = say("report.face", language, track=face.track)
        if clip:
            title += f" · {stretch(face.start_s, face.end_s)}"
    cues = tuple(_cue(cue, explained, language) for cue in sorted(face.cues, key=_weight))
    return FacePart(title=title, resemblance=resemblance_lines(face, language), cues=cues)


def _weight(cue: CueReading) -> tuple[bool, float]:
    return cue.abstained, -(cue.log_likelihood_ratio or 0.0)


def _cue(cue: CueReading, explained: set[str], language: str) -> CuePart:
    """What a cue looks for is said once for each person, not with every face."""
    state = _state(cue)
    about = "" if cue.cue in explained else known(f"cue.{cue.cue}.about", "", language)
    explained.add(cue.cue)
    return CuePart(
        name=cue_name(cue.cue, language),
        about=about,
        sentence=said(cue.sentence, language),
        state=state,
        state_name=say(f"html.state_{state}", language),
    )


def _state(cue: CueReading) -> str:
    ratio = cue.log_likelihood_ratio
    if cue.abstained:
        return "silent"
    if ratio is None:
        return "explains"
    # A likelihood ratio between one half and two moves nobody's mind.
    if abs(ratio) < 0.7:
        return "undecided"
    return "for" if ratio > 0 else "against"


def _lanes(faces: Sequence[Face], report: Report, language: str) -> tuple[LanePart, ...]:
    names = dict.fromkeys(cue.cue for face in faces for cue in face.cues if not cue.abstained)
    duration_s = report.file.duration_s if report.file else max((face.end_s for face in faces), default=0.0)
    parts = []
    for name in names:
        readings = [cue for face in faces for cue in face.cues if cue.cue == name]
        if drawn := lane(name, readings, duration_s):
            parts.append(LanePart(drawn, cue_name(name, language), _in_words(drawn, duration_s, language)))
    return tuple(parts)


def _in_words(drawn: Lane, duration_s: float, language: str) -> str:
    text = say(
        "html.lane_alt",
        language,
        start=clock(0),
        end=clock(duration_s),
        peak=clock(drawn.peak_s, tenths=True),
    )
    if not drawn.gap_times:
        return text
    gaps = listed((stretch(start, end) for start, end in drawn.gap_times), language)
    return f"{text} {say('html.lane_alt_gaps', language, gaps=gaps)}"


def _heats(faces: Sequence[Face]) -> list[HeatMap]:
    """The maps of the cues that speak for manipulation; where none does, one map of any cue that judged."""
    telling = [heat for face in faces for cue in face.cues if counts(cue) for heat in cue.heat_maps]
    if telling:
        return sorted(telling, key=_peak, reverse=True)
    others = [heat for face in faces for cue in face.cues if not cue.abstained for heat in cue.heat_maps]
    return others[:1]


def _peak(heat: HeatMap) -> int:
    return max((value for row in heat.grid for value in row), default=0)


def _where(heat: HeatMap, language: str) -> str:
    return listed((say(f"html.region.{name}", language) for name in regions(heat)), language)


def _map(heat: HeatMap, *, clip: bool, language: str) -> MapPart:
    where = _where(heat, language)
    at = clock(heat.time_s, tenths=True)
    return MapPart(
        cells=cells(heat),
        caption=say("html.heat_at", language, where=where, at=at) if clip else where,
        description=say("html.heat_alt", language, where=where),
    )


def _picture(picture: KeyPicture, *, clip: bool, language: str) -> PicturePart:
    at = clock(picture.time_s, tenths=True)
    heat = picture.heat if picture.heat and regions(picture.heat) else None
    return PicturePart(
        summary=say("html.show_picture" if clip else "html.show_picture_photo", language, at=at),
        where=_where(heat, language) if heat else "",
        scene_uri=_uri(picture.scene_jpeg),
        scene_size=_size(picture.scene_jpeg),
        box_xyxy=picture.box_xyxy,
        face_uri=_uri(picture.face_jpeg),
        cells=cells(heat) if heat else (),
        window=hottest(heat) if heat else None,
    )


def _uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _size(jpeg: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        return picture.size


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Points as SVG writes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)
