"""A copy of one picture of a person is no swap in another of the same scene; a swap in either still is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.matching.lookup import PictureMatch, Reason, Tier
from facewarden.media.frame import ImageRGB
from facewarden.protect.enrolment import Enrolment, with_candidates
from facewarden.protect.matcher import PeopleMatcher
from facewarden.protect.person import Features
from facewarden.protect.poses import without_other_poses
from facewarden.protect.registry import Item
from facewarden.protect.store import opened
from people import collins, hopper
from tests.matching.edits import jpeg
from tests.protect.making import GIVEN_AT, KEY, make, person

COPY = PictureMatch(0, Tier.CONFIRMED, Reason.SAME_PICTURE, 4, same_face=True)
LEAD = PictureMatch(1, Tier.CONFIRMED, Reason.ONLY_FACE_DIFFERS, 12)
FIRST, SECOND, OF_ANOTHER = Item("a", 1), Item("a", 2), Item("b", 1)


def reasons(*found: tuple[Item, PictureMatch], owned: tuple[str, ...] = ()) -> list[tuple[Reason, Tier]]:
    return [(match.reason, match.tier) for _, match in without_other_poses(found, owned)]


def test_a_copy_explains_the_lead_of_another_picture_of_the_same_person() -> None:
    assert reasons((FIRST, COPY), (SECOND, LEAD)) == [
        (Reason.SAME_PICTURE, Tier.CONFIRMED),
        (Reason.NEAR, Tier.REVIEW),
    ]
    assert reasons((SECOND, LEAD), owned=("a",)) == [(Reason.NEAR, Tier.REVIEW)], "the very file"


@pytest.mark.parametrize(
    "found",
    [
        ((FIRST, COPY), (OF_ANOTHER, LEAD)),
        ((FIRST, replace(COPY, same_face=False)), (SECOND, LEAD)),
        ((FIRST, replace(COPY, tier=Tier.REVIEW)), (SECOND, LEAD)),
        ((FIRST, replace(LEAD, picture=0)), (SECOND, LEAD)),
    ],
    ids=["of somebody else", "no face was compared", "only perhaps a copy", "a swap in both"],
)
def test_other_leads_stay(found: tuple[tuple[Item, PictureMatch], ...]) -> None:
    assert reasons(*found)[1] == (Reason.ONLY_FACE_DIFFERS, Tier.CONFIRMED)


def with_face_of_collins(*, right: int) -> ImageRGB:
    """Hopper's portrait with another face, which stands so many pixels to the right of the place of the first."""
    picture = hopper().copy()
    inner = Image.fromarray(collins()[76:172, 184:268]).resize((150, 172), Image.Resampling.LANCZOS)
    yy, xx = np.mgrid[:172, :150]
    mask = (((xx - 75) / 72) ** 2 + ((yy - 86) / 84) ** 2 < 1)[..., None]
    place = picture[140:312, 186 + right : 336 + right]
    picture[140:312, 186 + right : 336 + right] = np.where(mask, np.asarray(inner), place)
    return picture


@pytest.mark.parametrize("same_person", [True, False])
def test_two_pictures_that_differ_in_the_face(
    same_person: bool, tmp_path: Path, finder: FaceFinder, encoder: IdentityEncoder
) -> None:
    folder = make(tmp_path / "people")
    pictures = [hopper(), with_face_of_collins(right=0)]
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    enrolment = Enrolment(finder=finder, encoder=encoder)
    with opened(folder, KEY) as store:
        for number, own in enumerate([paths] if same_person else [paths[:1], paths[1:]], start=1):
            record, features = with_candidates(
                person(number),
                Features(),
                [one for path in own for one in enrolment.material([path])],
                now=GIVEN_AT,
            )
            store.add(f"P{number}", purpose="tests", person=record, features=features)
    Image.fromarray(jpeg(hopper(), 60)).save(tmp_path / "copy.png")
    with PeopleMatcher(folder, KEY, finder=finder, encoder=encoder) as matcher:
        report = matcher.match(tmp_path / "copy.png")
    told = [(copy.name, copy.item, copy.reason) for copy in report.copies]
    if same_person:
        assert told == [("P1", 1, "same_picture"), ("P1", 2, "near")]
        assert not report.swap_lead
    else:
        assert told == [("P1", 1, "same_picture"), ("P2", 1, "only_face_differs")]
        assert [(lead.name, lead.item) for lead in report.swap_leads] == [("P2", 1)]
