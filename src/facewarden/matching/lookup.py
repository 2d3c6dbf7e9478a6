"""What is said of one query: which enrolled pictures it may be a copy of, how sure that is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from facewarden.matching.borders import Box
from facewarden.matching.verify import Agreement


class Tier(StrEnum):
    """How sure a match is."""

    CONFIRMED = "confirmed"
    REVIEW = "review"


class Reason(StrEnum):
    """Why a match is reported; also the end of the message's key."""

    SAME_PICTURE = "same_picture"  # the whole hash agrees
    SAME_PARTS = "same_parts"  # the whole is near, and parts of it agree
    SAME_FACE_REGION = "same_face_region"  # the square around a face agrees: a crop, or pasted elsewhere
    SAME_CROP = "same_crop"  # the middle agrees where a crop would have it
    ONLY_FACE_DIFFERS = "only_face_differs"  # the picture agrees and a face in it does not: a lead to a swap
    NEAR = "near"  # near, and not verified


class Abstention(StrEnum):
    """Why a query was not judged."""

    LOW_QUALITY = "low_quality"  # too little to see, and no face
    NEGATIVE_LIST = "negative_list"


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """One enrolled picture that the query may be a copy of.

    Attributes:
        picture: the number under which it was enrolled.
        tier, reason: how sure, and why.
        distance: bits between the hashes that came closest.
        by_face: whether these were of squares around a face, rather than of the whole.
        turn: which of `pdq.TURNS` lays the query as the original; 0 or 4 where `by_face`.
        tilt_deg: by how much it was turned back first.
        agreement: of the parts, where they were compared.
        shown: the part of the enrolled picture that the query shows, where it was found as a crop.
        same_face: whether faces were compared, and are those of the enrolled picture.
    """

    picture: int
    tier: Tier
    reason: Reason
    distance: int
    by_face: bool = False
    turn: int = 0
    tilt_deg: float = 0.0
    agreement: Agreement | None = None
    shown: Box | None = None
    same_face: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found for one query.

    Attributes:
        matches: the surest first; at most one for each enrolled picture.
        abstained: why the query could not be judged; then there are no matches.
        hashes: how many were looked up.
    """

    matches: tuple[PictureMatch, ...] = ()
    abstained: Abstention | None = None
    hashes: int = 0
