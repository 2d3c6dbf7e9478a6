"""Two picture files compared by their keypoints, and what is said of them. Nothing is stored, no name is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

import facewarden
from facewarden.errors import MediaError
from facewarden.media import Limits, open_media
from facewarden.protect.keypoints import (
    LEAST_AGREEING,
    Agreement,
    Keypoints,
    agreement_of,
    keypoints_of,
    needs_opencv,
)
from facewarden.protect.sentences import sentence
from facewarden.report.model import Sentence

SCHEMA_VERSION = "1.0"

File = Literal["original", "found"]

_HAIR = 0.01
_TILT_DEG = 1.0


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShownPart(_Part):
    """A rectangle of the original, as shares of its width and height from its upper left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


class CompareReport(_Part):
    """Two pictures. Field names are a promise to other programs: fields are added, never renamed."""

    schema_version: str = SCHEMA_VERSION
    kind: Literal["facewarden.compare"] = "facewarden.compare"
    outcome: Literal["same", "part", "none", "abstained", "error"]
    reason: str | None = Field(default=None, description="why nothing is said, of `file`")
    file: File | None = None
    keypoints: int = Field(default=0, description="how many agree, where it is enough to be told")
    spread: float | None = Field(
        default=None, description="how much of the smaller picture lies among the agreeing keypoints"
    )
    shown: ShownPart | None = Field(default=None, description="part of the original that the found one shows")
    mirrored: bool | None = None
    turned_deg: float | None = Field(default=None, description="clockwise, after it was mirrored")
    scale: float | None = Field(default=None, description="pixels of the found one for one of the original")
    sentences: list[Sentence]
    not_checked: list[Sentence] = []
    language: str = "en"
    facewarden: str = facewarden.__version__


@dataclass(frozen=True, slots=True)
class _Picture:
    keypoints: Keypoints
    warnings: tuple[str, ...]


def compared(
    original: Path,
    found: Path,
    *,
    language: str = "en",
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> CompareReport:
    """Whether `found` is a copy of `original`. Raises UsageError where OpenCV is not installed."""
    needs_opencv()
    pictures: dict[File, _Picture] = {}
    files: tuple[tuple[File, Path], ...] = (("original", original), ("found", found))
    for which, path in files:
        try:
            picture = _read(path, limits)
        except MediaError as error:
            said = [
                sentence(f"compare.unread_{which}", language),
                sentence(f"error.{error.reason}", language),
            ]
            return CompareReport(
                outcome="error", reason=error.reason, file=which, sentences=said, language=language
            )
        if picture is None:
            said = [sentence(f"compare.not_photo_{which}", language)]
            return CompareReport(
                outcome="error", reason="not_photo", file=which, sentences=said, language=language
            )
        pictures[which] = picture
    left_out = [
        sentence(f"left_out.{code}", language)
        for code in dict.fromkeys(code for picture in pictures.values() for code in picture.warnings)
    ]
    for which, picture in pictures.items():
        if not picture.keypoints.enough:
            return CompareReport(
                outcome="abstained",
                reason="low_detail",
                file=which,
                sentences=[sentence(f"compare.low_detail_{which}", language)],
                not_checked=left_out,
                language=language,
            )
    agreement = agreement_of(pictures["original"].keypoints, pictures["found"].keypoints)
    if agreement is None or agreement.keypoints < LEAST_AGREEING:
        return CompareReport(
            outcome="none",
            sentences=[sentence("compare.none", language)],
            not_checked=left_out,
            language=language,
        )
    return _report(agreement, left_out, language)


def _read(path: Path, limits: Limits) -> _Picture | None:
    """None where it is no photo."""
    with open_media(path, limits=limits) as media:
        if media.facts.kind != "photo":
            return None
        (frame,) = media.frames()
        return _Picture(keypoints_of(frame.image_rgb), media.warnings)


def _report(agreement: Agreement, left_out: list[Sentence], language: str) -> CompareReport:
    outcome: Literal["same", "part"] = "same" if agreement.same else "part"
    spread = max(1, round(100 * agreement.spread))
    said = [sentence(f"compare.{outcome}", language, keypoints=agreement.keypoints, percent=spread)]
    box = agreement.shown
    if outcome == "same":
        whole = max(box.x0, box.y0) < _HAIR and min(box.x1, box.y1) > 1 - _HAIR
        percent = {name: round(100 * getattr(box, name)) for name in ("x0", "x1", "y0", "y1")}
        said.append(
            sentence("compare.shows_all", language)
            if whole
            else sentence("compare.shows", language, **percent)
        )
        if agreement.mirrored:
            said.append(sentence("compare.mirrored", language))
        if abs(agreement.turned_deg) >= _TILT_DEG:
            way = "clockwise" if agreement.turned_deg > 0 else "counterclockwise"
            degrees = round(abs(agreement.turned_deg))
            said.append(sentence(f"compare.turned_{way}", language, degrees=degrees))
        said.append(sentence("compare.scale", language, percent=max(1, round(100 * agreement.scale))))
        left_out = [*left_out, sentence("compare.faces_not_compared", language)]
    return CompareReport(
        outcome=outcome,
        keypoints=agreement.keypoints,
        spread=round(agreement.spread, 3),
        shown=ShownPart(**{name: round(getattr(box, name), 4) for name in ("x0", "y0", "x1", "y1")}),
        mirrored=agreement.mirrored,
        turned_deg=round(agreement.turned_deg, 1),
        scale=round(agreement.scale, 4),
        sentences=said,
        not_checked=left_out,
        language=language,
    )
