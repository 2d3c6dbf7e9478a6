"""What is kept of a person: a record with the consent, and apart from it the features by which she is found."""

from __future__ import annotations

import base64
import datetime as dt
import unicodedata
from enum import StrEnum
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import TamperedError, UsageError
from facewarden.matching.clips import ClipPrint, Second
from facewarden.matching.face_anchor import FaceAnchor
from facewarden.matching.pdq import Pdq
from facewarden.matching.prints import PicturePrint, from_json, to_json

TEMPLATE_LENGTH = 128
MOST_MATERIALS = 10_000
_LONGEST_NAME = 100
_LONGEST_PURPOSE = 500
_MOST_SECONDS = 6 * 3600

Template = npt.NDArray[np.float16]
"""(128,) float16: dlib's embedding, whose components lie in -1..1."""

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$")]


class GivenBy(StrEnum):
    """Who consented."""

    SELF = "self"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class _Part(BaseModel):
    # What was given may be secret, so errors never repeat it.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Consent(_Part):
    """That, when and for what the person agreed to be enrolled.

    Attributes:
        given_at, withdrawn_at: UTC, ISO 8601.
        purpose: in the words of who enrolled her.
    """

    given_at: Instant
    purpose: Annotated[str, Field(min_length=1, max_length=_LONGEST_PURPOSE)]
    by: Annotated[GivenBy, Field(strict=False)]
    withdrawn_at: Instant | None = None


class FaceQuality(_Part):
    """Measured of the face in an enrolled photo.

    Attributes:
        height_px: forehead to chin.
        sharpness: as of `FaceSample`.
        yaw_deg, pitch_deg: 0 looks into the camera.
        brightness: mean of the face, 0..255.
    """

    height_px: float
    sharpness: float
    yaw_deg: float
    pitch_deg: float
    brightness: float


class Material(_Part):
    """One enrolled file, of which no name is kept.

    Attributes:
        number: from 1, never used twice for one person.
        face: of the person, None where the file is only to be found again.
    """

    number: Annotated[int, Field(ge=1, lt=1 << 16)]
    kind: Literal["photo", "clip"]
    added_at: Instant
    face: FaceQuality | None = None


class Person(_Part):
    """The record.

    Attributes:
        expires: the day from which on the person is not matched any more; None for never.
        next_number: of the next material.
    """

    format: Literal[1] = 1
    id: Id
    name: Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]
    consent: Consent
    enrolled_at: Instant
    expires: Annotated[dt.date, Field(strict=False)] | None = None
    materials: Annotated[tuple[Material, ...], Field(max_length=MOST_MATERIALS, strict=False)] = ()
    next_number: int = 1

    @property
    def withdrawn(self) -> bool:
        return self.consent.withdrawn_at is not None

    def expired(self, today: dt.date) -> bool:
        return self.expires is not None and self.expires <= today

    def material(self, number: int) -> Material | None:
        return next((each for each in self.materials if each.number == number), None)

    def sealed(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, data: bytes) -> Person:
        """What `sealed` wrote. Raises TamperedError."""
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise TamperedError("A person's record is not of the form that it should have.") from None


_Hash = tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], Annotated[int, Field(ge=0, le=100)]]


class _Second(_Part):
    time_s: Annotated[float, Field(ge=0)]
    pdq: Annotated[_Hash, Field(strict=False)]
    anchors: Annotated[
        list[tuple[Annotated[int, Field(ge=0, lt=16)], float, str, Annotated[int, Field(ge=0, le=100)]]],
        Field(max_length=64),
    ] = []


class ItemFeatures(_Part):
    """By what one enrolled file is found: digests, and a template, a print or seconds where it has them.

    Attributes:
        template: base64 of (128,) float16, little-endian.
        picture: JSON of a `PicturePrint`.
        seconds: of a clip.
    """

    number: Annotated[int, Field(ge=1, lt=1 << 16)]
    md5: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    template: Annotated[str, Field(max_length=400)] | None = None
    picture: Annotated[str, Field(max_length=1 << 16)] | None = None
    seconds: Annotated[list[_Second], Field(max_length=_MOST_SECONDS)] | None = None

    @classmethod
    def of(
        cls,
        number: int,
        *,
        md5: str | None = None,
        sha256: str | None = None,
        embedding: npt.NDArray[np.floating] | None = None,
        picture: PicturePrint | None = None,
        clip: ClipPrint | None = None,
    ) -> ItemFeatures:
        return cls(
            number=number,
            md5=md5,
            sha256=sha256,
            template=None if embedding is None else _packed(embedding),
            picture=None if picture is None else to_json(picture).decode(),
            seconds=None if clip is None else [_second(each) for each in clip.seconds],
        )

    def embedding(self) -> Template | None:
        """Raises TamperedError."""
        if self.template is None:
            return None
        try:
            found = np.frombuffer(base64.b64decode(self.template, validate=True), "<f2")
        except ValueError:
            raise TamperedError("A face template is not of the form that it should have.") from None
        if found.shape != (TEMPLATE_LENGTH,) or not np.isfinite(found).all():
            raise TamperedError("A face template is not of the form that it should have.")
        return found.astype(np.float16)

    def picture_print(self) -> PicturePrint | None:
        """Raises TamperedError."""
        if self.picture is None:
            return None
        try:
            return from_json(self.picture.encode())
        except ValueError as error:
            raise TamperedError("A picture's print is not of the form that it should have.") from error

    def clip_print(self) -> ClipPrint | None:
        """Raises TamperedError."""
        if self.seconds is None:
            return None
        try:
            return ClipPrint(
                tuple(
                    Second(
                        each.time_s,
                        Pdq.from_hex(*each.pdq),
                        tuple(
                            FaceAnchor(face, reach, Pdq.from_hex(h, q)) for face, reach, h, q in each.anchors
                        ),
                    )
                    for each in self.seconds
                )
            )
        except ValueError:
            raise TamperedError("A clip's print is not of the form that it should have.") from None


class Features(_Part):
    """All that a person is found by; destroyed when she withdraws."""

    format: Literal[1] = 1
    items: Annotated[tuple[ItemFeatures, ...], Field(max_length=MOST_MATERIALS, strict=False)] = ()

    def item(self, number: int) -> ItemFeatures | None:
        return next((each for each in self.items if each.number == number), None)

    def check(self) -> None:
        """Look into everything. Raises TamperedError."""
        for item in self.items:
            item.embedding()
            item.picture_print()
            item.clip_print()

    def sealed(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, data: bytes) -> Features:
        """What `sealed` wrote. Raises TamperedError."""
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise TamperedError("A person's features are not of the form that they should have.") from None


def checked_name(name: str) -> str:
    """The name in its one form (NFC, single spaces). Raises UsageError where it cannot be one."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(plain) <= _LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cs") for c in plain):
        raise UsageError(f"A name has 1 to {_LONGEST_NAME} characters and no control characters.")
    return plain


def checked_purpose(purpose: str) -> str:
    """Raises UsageError where it is none."""
    plain = purpose.strip()
    if not 0 < len(plain) <= _LONGEST_PURPOSE:
        raise UsageError(
            f"Say what the person agreed to, in 1 to {_LONGEST_PURPOSE} characters, with --purpose."
        )
    return plain


def stamp(time: dt.datetime) -> str:
    """UTC, to the second."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _packed(embedding: npt.NDArray[np.floating]) -> str:
    if embedding.shape != (TEMPLATE_LENGTH,) or not np.isfinite(embedding).all():
        raise ValueError(
            f"an embedding must be finite and of shape ({TEMPLATE_LENGTH},), but got {embedding.shape}"
        )
    return base64.b64encode(embedding.astype("<f2").tobytes()).decode()


def _second(kept: Second) -> _Second:
    anchors = [(each.face, each.reach, each.pdq.hex, each.pdq.quality) for each in kept.anchors]
    return _Second(time_s=kept.time_s, pdq=(kept.pdq.hex, kept.pdq.quality), anchors=anchors)
