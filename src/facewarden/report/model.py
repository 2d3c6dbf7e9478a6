"""The report: one typed, versioned model; JSON Lines, terminal, SARIF and HTML page are views of it.

Field names are a promise to other programs: fields are added, never renamed. The JSON Schema in
``docs/report.schema.json`` is generated from this module. No picture of a person is ever part of the model's
JSON: key pictures live in `Report.pictures`, which is excluded from every dump.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.messages import Parameter

SCHEMA_VERSION = "1.0"
_ENOUGH = 100


class Level(StrEnum):
    """How much speaks for manipulation, from least to most; `inconclusive` stands outside the order."""

    NO_SIGN = "no_sign"
    WEAK = "weak"
    LIKELY = "likely"
    VERY_LIKELY = "very_likely"
    INCONCLUSIVE = "inconclusive"

    @property
    def rank(self) -> int:
        """0 for ``no_sign`` to 3 for ``very_likely``; -1 for ``inconclusive``."""
        return _RANKS[self]


_RANKS = {
    Level.INCONCLUSIVE: -1,
    Level.NO_SIGN: 0,
    Level.WEAK: 1,
    Level.LIKELY: 2,
    Level.VERY_LIKELY: 3,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(_Part):
    """A sentence as a person reads it; id and parameters let a program say it in another language."""

    id: str
    params: dict[str, Parameter] = {}
    text: str = Field(description="rendered in the report's language")


class TimeSpan(_Part):
    start_s: float
    end_s: float


class ScorePoint(_Part):
    """One point of a face's lane."""

    time_s: float
    score: float = Field(ge=0, le=1, description="uncalibrated, for drawing; not a probability")


class HeatMap(_Part):
    """Where in the aligned face a cue saw something, at one time. A map of the face, not a picture of it."""

    time_s: float
    grid: list[list[int]] = Field(description="(G, G) values 0..255, row 0 at the top of the aligned face")


class CueReading(_Part):
    cue: str
    abstained: bool
    reason: str | None = Field(default=None, description="stable code, set when abstained")
    log_likelihood_ratio: float | None = Field(
        default=None,
        description="calibrated, natural logarithm; above 0 speaks for manipulation; null when abstained "
        "or when the cue explains without voting",
    )
    score: float | None = Field(default=None, description="the cue's raw pooled score")
    sentence: Sentence
    spans: list[TimeSpan] = []
    series: list[ScorePoint] = []
    heat_maps: list[HeatMap] = []
    facts: dict[str, Parameter] = {}


class Box(_Part):
    """A bounding box in pixels of the upright picture."""

    time_s: float
    x0: float
    y0: float
    x1: float
    y1: float


class Resemblance(_Part):
    """Whom a face resembles among the people whom the user named; there is none where nobody was named."""

    person: str | None = Field(default=None, description="id in the store of people; null like the name")
    name: str | None = Field(
        default=None, description="null: nobody resembles the face, or it was not compared"
    )
    distance: float | None = Field(
        default=None, description="to the nearest of the person's templates; about 0.8 for strangers"
    )
    false_positive_rate: float | None = Field(
        default=None,
        description="share of strangers' faces, at most, that are taken for anybody of the people at this distance",
    )
    compared_with: int = Field(description="how many people were named")
    swapped: bool = Field(
        default=False, description="the face resembles the person and its level is weak or above"
    )
    also_tracks: list[int] = Field(
        default=[], description="other faces at the same moment that resemble the same person"
    )
    reason: str | None = Field(default=None, description="stable code, set when the face was not compared")
    sentences: list[Sentence]


class Face(_Part):
    """One face track: one face, followed without a gap that tracking could not bridge."""

    track: int = Field(description="number of the track in this file, from 1")
    person: int = Field(description="number of the person in this file, from 1; several tracks may share one")
    start_s: float
    end_s: float
    frames_analysed: int
    face_height_px: float = Field(description="median height of the face in the picture")
    box: Box = Field(description="where the face is in the frame that speaks most, or in its middle frame")
    probability: float | None = Field(description="calibrated; null when abstained")
    level: Level
    abstained: bool
    reason: str | None = None
    sentence: Sentence
    cues: list[CueReading]
    resemblance: Resemblance | None = Field(
        default=None, description="null unless people were named to be looked for"
    )


class Person(_Part):
    """All tracks of what is probably one person."""

    person: int
    tracks: list[int]
    start_s: float
    end_s: float
    probability: float | None
    level: Level
    abstained: bool
    sentence: Sentence


class Provenance(_Part):
    """What the file says of its own origin: facts, never a verdict of genuineness."""

    c2pa: Literal["none", "trusted", "untrusted", "invalid", "not_checked"]
    signer: str | None = None
    claim_generator: str | None = None
    digital_source_type: str | None = Field(default=None, description="last path segment of the IPTC term")
    declares_ai: bool = Field(description="the file itself declares that AI made or changed it")
    lab_marked: bool = Field(default=False, description="carries the mark of a test forgery made by a lab")
    findings: list[Sentence] = []


class FileFacts(_Part):
    container: str
    codec: str
    width: int
    height: int
    duration_s: float
    frame_rate: float
    bit_rate: int | None
    size_bytes: int
    pixel_format: str
    rotation_deg: int
    has_audio: bool
    frames_analysed: int


class Versions(_Part):
    facewarden: str
    schema_version: str = SCHEMA_VERSION
    models: dict[str, str] = Field(
        default={}, description="model name to the first 12 hex digits of its sha256"
    )
    bundle: str = Field(
        default="shipped",
        description="name of the installed network and calibration that were used; 'shipped': those of the package",
    )
    calibration: str | None = None


class KeyPicture(_Part):
    """A picture for the HTML page, kept in memory only and never part of any JSON.

    `scene_jpeg` is the whole frame (longest side at most 960 px), `face_jpeg` the aligned crop (256 px) and
    `box_xyxy` the face in pixels of `scene_jpeg`.
    """

    track: int
    time_s: float
    scene_jpeg: bytes
    face_jpeg: bytes
    box_xyxy: tuple[float, float, float, float]
    heat: HeatMap | None = None


class Trial(_Part):
    """Judged files of one kind of media that a level was tested on."""

    genuine: int = Field(ge=0)
    flagged: int = Field(ge=0, description="how many of the genuine ones reach the level")
    forged: int = Field(ge=0)
    found: int = Field(ge=0, description="how many of the forged ones reach the level")

    @property
    def enough(self) -> bool:
        """Whether a rate may be stated to people; of fewer files the numbers themselves are."""
        return min(self.genuine, self.forged) >= _ENOUGH


class Report(_Part):
    """The outcome of checking one file."""

    path: str
    sha256: str | None = Field(description="null when the file could not be read")
    media: Literal["photo", "clip"] | None
    level: Level
    probability: float | None = Field(
        description="calibrated, that at least one face in the file is manipulated; null when abstained"
    )
    abstained: bool
    reason: str | None = Field(default=None, description="stable code, set when abstained")
    sentence: Sentence
    false_positive_rate: float | None = Field(
        default=None, description="share of genuine files that would be flagged at this level too"
    )
    true_positive_rate: float | None = Field(
        default=None,
        description="share of the forgeries of the calibration that reach this level, of this kind of media "
        "where that is known",
    )
    tested: Trial | None = Field(
        default=None,
        description="on how many files of this kind of media the level was tested, and what it did",
    )
    people: list[Person] = []
    faces: list[Face] = []
    provenance: Provenance | None = None
    file: FileFacts | None = None
    not_checked: list[Sentence] = Field(default=[], description="what was left out, in words")
    error: str | None = Field(default=None, description="what went wrong, when the file could not be checked")
    language: str = "en"
    elapsed_s: float | None = None
    versions: Versions
    pictures: list[KeyPicture] = Field(default=[], exclude=True, repr=False)
