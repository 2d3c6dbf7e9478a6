"""The decision for one picture: copies are found and named rightly, others are left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from facewarden.faces.finder import FaceFinder
from facewarden.matching import match as match_module
from facewarden.matching.lookup import Abstention, PictureMatch, Reason, Tier
from facewarden.matching.match import PictureIndex, enrolled_print
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import pdq_of
from facewarden.matching.prints import from_json, print_of, to_json
from facewarden.media.frame import ImageRGB
from people import collins, collins_head, hopper, hopper_head, put
from tests.matching.edits import bordered, captioned, cropped, jpeg, landscape, resized, scenery, tilted

COLLINS, HOPPER, FIRST_SCENERY = 1, 2, 10


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="module")
def index(finder: FaceFinder) -> PictureIndex:
    index = PictureIndex(finder=finder)
    index.add(COLLINS, enrolled_print(collins(), finder))
    index.add(HOPPER, enrolled_print(hopper(), finder))
    for seed in range(8):
        index.add(FIRST_SCENERY + seed, print_of(scenery(seed)))
    return index


def confirmed(index: PictureIndex, picture: ImageRGB) -> list[PictureMatch]:
    return [match for match in index.match(picture).matches if match.tier is Tier.CONFIRMED]


EDITS: dict[str, Callable[[ImageRGB], ImageRGB]] = {
    "as it is": lambda p: p,
    "jpeg 10": lambda p: jpeg(p, 10),
    "quarter": lambda p: resized(p, 0.25),
    "crop one side": lambda p: cropped(p, 0.1, 0, 0, 0),
    "crop": lambda p: cropped(p, 0.08, 0.03, 0.02, 0.07),
    "border": lambda p: bordered(p, 0.1, (255, 255, 255)),
    "blurred border": lambda p: bordered(p, 0.1, None),
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "on its side": lambda p: np.ascontiguousarray(np.rot90(p)),
    "tilt": lambda p: tilted(p, 5),
    "caption": captioned,
    "crop, mirrored, jpeg": lambda p: jpeg(np.ascontiguousarray(cropped(p, 0.05, 0.05, 0.1, 0)[:, ::-1]), 40),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_portrait_is_confirmed_and_nothing_else(
    edit: Callable[[ImageRGB], ImageRGB], index: PictureIndex
) -> None:
    (match,) = confirmed(index, edit(hopper()))
    assert match.picture == HOPPER


@pytest.mark.parametrize("name", ["jpeg 10", "quarter", "border", "mirrored", "on its side", "caption"])
def test_pictures_without_faces_are_found_too(name: str, index: PictureIndex) -> None:
    (match,) = confirmed(index, EDITS[name](scenery(4)))
    assert match.picture == FIRST_SCENERY + 4


def test_how_it_was_turned_is_told(index: PictureIndex) -> None:
    (match,) = confirmed(index, np.ascontiguousarray(np.rot90(scenery(4))))
    assert (match.reason, match.turn, match.by_face) == (Reason.SAME_PICTURE, 3, False)


def test_a_crop_is_found_by_the_face(index: PictureIndex) -> None:
    (match,) = confirmed(index, cropped(hopper(), 0.1, 0.1, 0.1, 0.1))
    assert (match.reason, match.by_face) == (Reason.SAME_FACE_REGION, True)


@pytest.mark.parametrize(
    "gone", [(0.03, 0.03, 0.03, 0.03), (0.1, 0.1, 0.1, 0.1), (0.2, 0, 0, 0), (0, 0.05, 0.2, 0.15)]
)
def test_a_crop_without_a_face_is_found_by_its_middle(
    gone: tuple[float, float, float, float], index: PictureIndex
) -> None:
    copy = jpeg(cropped(scenery(4), *gone), 60)
    for shown, turn in ((copy, 0), (np.ascontiguousarray(copy[:, ::-1]), 4)):
        (match,) = confirmed(index, shown)
        assert (match.picture, match.reason, match.turn) == (FIRST_SCENERY + 4, Reason.SAME_CROP, turn)
        assert match.shown is not None
        assert match.shown.x0 == pytest.approx(gone[0], abs=0.02)
        assert match.shown.y1 == pytest.approx(1 - gone[3], abs=0.02)


def test_prints_that_were_stored_are_found_by_crops(finder: FaceFinder) -> None:
    # Prints are as they were before there was a search for crops: the middle was among the windows.
    index = PictureIndex(finder=finder, prints={7: from_json(to_json(print_of(landscape(1))))})
    (match,) = confirmed(index, cropped(landscape(1), 0.12, 0.2, 0.01, 0.04))
    assert (match.picture, match.reason) == (7, Reason.SAME_CROP)
    assert index.remove(7)
    assert index.match(cropped(landscape(1), 0.12, 0.2, 0.01, 0.04)).matches == ()


def test_a_crop_of_what_is_on_the_negative_list_is_not_found(finder: FaceFinder) -> None:
    logo = scenery(50)
    index = PictureIndex(finder=finder, negative=NegativeList([pdq_of(logo)]))
    index.add(1, print_of(logo))
    assert index.match(cropped(logo, 0.1, 0.1, 0.1, 0.1)).matches == ()


def test_a_copy_that_is_found_before_is_not_looked_at_as_a_crop(
    index: PictureIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_module, "crops_among", lambda *_: pytest.fail("searched for crops"))
    assert confirmed(index, jpeg(scenery(4), 40))
    assert confirmed(index, cropped(hopper(), 0.1, 0.1, 0.1, 0.1))


def test_a_crop_through_a_face_is_no_lead_to_a_swap(finder: FaceFinder) -> None:
    # The squares that were enrolled reach beyond the crop: what is not there is not another face.
    tight = np.ascontiguousarray(hopper()[135:325, 166:356])
    index = PictureIndex(finder=finder)
    index.add(1, enrolled_print(tight, finder))
    for gone in ((0.2, 0.2, 0.2, 0.2), (0.2, 0.0, 0.2, 0.0)):
        copy = cropped(tight, *gone)
        (match,) = confirmed(index, copy)
        assert match.reason is Reason.SAME_CROP


def test_a_caption_leaves_parts_that_agree(index: PictureIndex) -> None:
    (match,) = confirmed(index, captioned(scenery(4)))
    assert match.reason in (Reason.SAME_PARTS, Reason.SAME_PICTURE)
    assert match.distance > 20
    assert match.agreement is not None
    assert 3 <= match.agreement.halves < 9


def test_another_face_on_the_same_picture_is_a_lead_to_a_swap(index: PictureIndex) -> None:
    forged = hopper().copy()
    x0, y0, x1, y1 = 166, 127, 356, 333
    face = Image.fromarray(collins()[68:174, 178:273]).resize((x1 - x0, y1 - y0), Image.Resampling.BICUBIC)
    mask = Image.new("L", face.size, 0)
    ImageDraw.Draw(mask).ellipse((12, 8, face.width - 12, face.height - 8), fill=255)
    canvas = Image.fromarray(forged)
    canvas.paste(face, (x0, y0), mask)
    shown = np.asarray(canvas)
    for picture in (shown, np.ascontiguousarray(shown[:, ::-1]), bordered(shown, 0.1)):
        matches = {each.picture: each for each in index.match(picture).matches}
        assert matches[HOPPER].reason is Reason.ONLY_FACE_DIFFERS
        assert matches[HOPPER].tier is Tier.CONFIRMED


def test_a_head_pasted_into_another_picture_is_told_apart_from_a_copy(index: PictureIndex) -> None:
    scene = scenery(77, 600, 900)
    put(scene, hopper_head(), centre=(300, 300), face_px=206)
    (match,) = confirmed(index, scene)
    assert (match.picture, match.reason) == (HOPPER, Reason.SAME_FACE_REGION)


def test_other_pictures_are_not_found(index: PictureIndex) -> None:
    for seed in range(100, 103):
        assert index.match(scenery(seed)).matches == ()


def test_two_people_in_one_picture_are_both_found(index: PictureIndex) -> None:
    scene = scenery(78, 600, 900)
    put(scene, hopper_head(), centre=(250, 300), face_px=206)
    put(scene, collins_head(), centre=(680, 300), face_px=106)
    assert {each.picture for each in confirmed(index, scene)} == {COLLINS, HOPPER}


def test_a_plain_page_is_not_judged(index: PictureIndex) -> None:
    lookup = index.match(np.full((200, 300, 3), 240, np.uint8))
    assert (lookup.abstained, lookup.matches) == (Abstention.LOW_QUALITY, ())


def test_what_is_on_the_negative_list_is_not_judged(finder: FaceFinder) -> None:
    logo = scenery(50)
    index = PictureIndex(finder=finder, negative=NegativeList([pdq_of(logo)]))
    index.add(1, print_of(logo))
    lookup = index.match(jpeg(logo, 60))
    assert (lookup.abstained, lookup.matches) == (Abstention.NEGATIVE_LIST, ())
    assert len(NegativeList([pdq_of(logo)])) == 1
    assert not NegativeList().holds(pdq_of(logo))


def test_a_removed_picture_is_not_found_any_more(finder: FaceFinder) -> None:
    index = PictureIndex(finder=finder)
    index.add(5, enrolled_print(hopper(), finder))
    index.add(6, enrolled_print(collins(), finder))
    assert index.remove(5)
    assert not index.remove(5)
    assert index.match(hopper()).matches == ()
    assert [each.picture for each in index.match(collins()).matches] == [6]
    assert len(index) == 1
    index.add(5, enrolled_print(hopper(), finder))


def test_prints_that_are_kept_elsewhere_are_used_from_there(finder: FaceFinder) -> None:
    kept = {3: enrolled_print(hopper(), finder)}
    index = PictureIndex(finder=finder, prints=kept)
    index.add(4, print_of(scenery(4)))
    assert set(kept) == {3, 4}
    (match,) = confirmed(index, hopper())
    assert match.picture == 3
    index.remove(3)
    assert set(kept) == {4}


def test_what_cannot_be_enrolled(finder: FaceFinder) -> None:
    index = PictureIndex(finder=finder)
    with pytest.raises(ValueError, match="too little to be told"):
        index.add(1, print_of(np.full((90, 90, 3), 7, np.uint8)))
    index.add(1, print_of(scenery(1)))
    with pytest.raises(ValueError, match="enrolled already"):
        index.add(1, print_of(scenery(2)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (30, 30), (3000, 20)])
def test_pictures_of_odd_shapes(shape: tuple[int, int], index: PictureIndex) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert index.match(noise).matches == ()
