"""Several enrolled pictures of one person in one scene: a copy of one of them is no swap in another.

Such pictures differ in little but the face, so the copy of one looks like the others with another face. What tells them
apart is that the face was compared with that of the one it is a copy of, and is the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from facewarden.matching.lookup import PictureMatch, Reason, Tier
from facewarden.protect.registry import Item

Found = tuple[Item, PictureMatch]


def without_other_poses(found: Sequence[Found], owned: Collection[str] = ()) -> list[Found]:
    """What one look `found`, with leads that a copy of another picture of the same person explains left to review.

    Only what was seen at the same moment explains a lead: another moment of a clip may show another picture. Where the
    faces were too small to be compared, nothing is explained.

    Args:
        owned: ids of people of whom the very file is enrolled, which explains everything.
    """
    explained = {*owned, *(item.person for item, match in found if _is_copy_with_its_face(match))}
    return [(item, _near(match) if item.person in explained else match) for item, match in found]


def _is_copy_with_its_face(match: PictureMatch) -> bool:
    return match.tier is Tier.CONFIRMED and match.same_face and match.reason is not Reason.ONLY_FACE_DIFFERS


def _near(match: PictureMatch) -> PictureMatch:
    if match.reason is not Reason.ONLY_FACE_DIFFERS:
        return match
    return replace(match, tier=Tier.REVIEW, reason=Reason.NEAR)
