"""Pictures that never count as a copy: logos, title cards, stock portraits. Only their hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import MediaError, TamperedError
from facewarden.matching.digests import digests_of
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import Pdq, dihedral_of, reduced
from facewarden.media import Limits, open_media
from facewarden.messages import Message, say
from facewarden.protect.person import Instant

MOST_IGNORED = 10_000
_LOOK_SIDE = 1024

_Hash = tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], Annotated[int, Field(ge=0, le=100)]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class IgnoredPicture(_Part):
    """One of them.

    Attributes:
        number: from 1, never used twice in one store.
        added_at: UTC, ISO 8601.
        sha256: of the file.
        hashes: PDQ of the whole picture in its eight turns.
    """

    number: Annotated[int, Field(ge=1)]
    added_at: Instant
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    hashes: Annotated[tuple[Annotated[_Hash, Field(strict=False)], ...], Field(max_length=8, strict=False)]


class Ignored(_Part):
    """All of a store."""

    format: Literal[1] = 1
    next_number: Annotated[int, Field(ge=1)] = 1
    pictures: Annotated[tuple[IgnoredPicture, ...], Field(max_length=MOST_IGNORED, strict=False)] = ()

    @property
    def digests(self) -> frozenset[str]:
        """SHA-256 of the files."""
        return frozenset(each.sha256 for each in self.pictures)

    def negative(self) -> NegativeList:
        """What the indexes of copies are given."""
        return NegativeList(Pdq.from_hex(*pair) for each in self.pictures for pair in each.hashes)

    def sealed(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, data: bytes) -> Ignored:
        """What `sealed` wrote. Raises TamperedError."""
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise TamperedError("The ignored pictures are not of the form that they should have.") from None


@dataclass(frozen=True, slots=True)
class Hashed:
    """What a file gave that is to be ignored.

    Attributes:
        hashes: PDQ in its eight turns.
        fault: why it cannot be; then the others say nothing.
    """

    sha256: str = ""
    hashes: tuple[Pdq, ...] = ()
    fault: Message | None = None


def hashed(path: Path, limits: Limits = Limits()) -> Hashed:  # noqa: B008 - frozen
    """Hash one picture as a whole: parts of it, such as a photo on a page, go on to count."""
    try:
        digests = digests_of(path, limits)
        with open_media(path, limits=limits) as media:
            if media.facts.kind != "photo":
                return Hashed(fault=Message("ignore.not_photo"))
            if media.facts.sha256 != digests.sha256:
                raise MediaError(say("error.not_readable"), reason="not_readable")
            frame = next(iter(media.frames()))
    except MediaError as error:
        return Hashed(fault=Message(f"error.{error.reason}"))
    # As the index of pictures looks at a query.
    hashes = tuple(pdq for pdq in dihedral_of(reduced(frame.image_rgb, _LOOK_SIDE)) if pdq.useful)
    if not hashes:
        return Hashed(fault=Message("ignore.shows_too_little"))
    return Hashed(digests.sha256, hashes)
