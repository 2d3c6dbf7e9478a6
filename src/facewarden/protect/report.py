"""What was found of enrolled people and of lists in one file: the typed, versioned model of `protect match --json`.

Field names are a promise to other programs: fields are added, never renamed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.report.model import Box, Sentence

SCHEMA_VERSION = "1.0"

Tier = Literal["none", "review", "confirmed"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonFound(_Part):
    """An enrolled person of whom something was found."""

    person: str = Field(description="32 hex digits")
    name: str


class SharedSpan(_Part):
    """A stretch of the file that shows a stretch of an enrolled clip."""

    start_s: float
    end_s: float
    original_start_s: float
    original_end_s: float


class CopyFound(_Part):
    """The file is, or holds, a copy of something that was enrolled."""

    person: str
    name: str
    item: int = Field(description="number of the enrolled file among the person's, from 1")
    kind: Literal["photo", "clip"] = Field(description="of the enrolled file")
    tier: Literal["review", "confirmed"]
    reason: str = Field(description="stable code, such as same_picture")
    distance: int | None = Field(default=None, description="bits of 256 between the nearest hashes")
    share: float | None = Field(default=None, description="0..1 of the clip's seconds that were found in it")
    speed: float | None = None
    spans: list[SharedSpan] = []
    seen_at_s: list[float] = Field(default=[], description="moments of a clip that show the enrolled picture")
    sentence: Sentence


class ListedFound(_Part):
    """The file is, or holds, a copy of something that a list of others names."""

    list_id: str = Field(description="32 hex digits")
    label: str = Field(description="of the list")
    hash_kind: Literal["pdq", "video_md5", "photo_md5", "sha256"]
    entry: str = Field(description="16 hex digits that stay the same for one hash and do not give it away")
    note: str = Field(default="", description="what the list says of the hash, such as a case's number")
    tier: Literal["review", "confirmed"]
    reason: Literal["same_file", "same_picture", "near"]
    distance: int | None = Field(default=None, description="bits of 256 between the hashes of pictures")
    seen_at_s: list[float] = Field(default=[], description="moments of a clip that show the picture")
    sentence: Sentence


class FaceFound(_Part):
    """A face that is near that of an enrolled person."""

    track: int
    person: str
    name: str
    distance: float
    sure: bool = Field(description="whether the rate below is low enough to call the face this person's")
    false_positive_rate: float = Field(
        description="share of strangers, at most, who would come as near to anybody enrolled"
    )
    start_s: float
    end_s: float
    box: Box
    sentence: Sentence


class SwapLead(_Part):
    """A copy of something enrolled in which another face stands: a lead to a swap, not a proof."""

    person: str = Field(description="whose enrolled file was copied")
    name: str
    item: int
    faces_of: list[PersonFound] = Field(description="enrolled people whose face stands in it")
    sentence: Sentence


class MatchReport(_Part):
    """One file."""

    schema_version: str = SCHEMA_VERSION
    kind: Literal["facewarden.match"] = "facewarden.match"
    path: str
    sha256: str | None
    media: Literal["photo", "clip"] | None
    tier: Tier = Field(description="the best tier of the copies, those of listed material included")
    swap_lead: bool = False
    abstained: bool = False
    reason: str | None = None
    error: str | None = None
    sentence: Sentence
    people: list[PersonFound] = []
    copies: list[CopyFound] = []
    listed: list[ListedFound] = []
    faces: list[FaceFound] = []
    swap_leads: list[SwapLead] = []
    faces_seen: int = Field(default=0, description="faces of anybody that were clear enough to be compared")
    not_checked: list[Sentence] = []
    language: str = "en"
    facewarden: str

    @property
    def sure(self) -> bool:
        """Whether a copy is confirmed or a face may be called an enrolled person's."""
        return self.tier == "confirmed" or any(face.sure for face in self.faces)

    @property
    def found(self) -> bool:
        return bool(self.copies or self.listed or self.faces)

    def recognised_ids(self) -> tuple[str, ...]:
        """Ids of the people of whom something was found."""
        return tuple(each.person for each in self.people)


def match_json(report: MatchReport) -> str:
    """One line of JSON."""
    return report.model_dump_json()
