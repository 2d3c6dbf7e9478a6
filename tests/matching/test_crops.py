"""Crops are found by their middle, wherever it lies, and the crop itself is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.matching import crops as module
from facewarden.matching.borders import Box
from facewarden.matching.crops import RADIUS, Crop, CropSearch, crops_among
from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import distances, words_of
from facewarden.matching.prints import print_of
from facewarden.media.frame import ImageRGB
from people import collins, hopper
from tests.matching.edits import cropped, jpeg, landscape, scenery

PICTURES = {
    **{number: landscape(number) for number in range(6)},
    **{10 + number: scenery(number) for number in range(6)},
}


def index_of(pictures: dict[int, ImageRGB]) -> HashIndex:
    index = HashIndex()
    for number, picture in pictures.items():
        index.add(words_of([print_of(picture).middle]), np.array([number]))
    return index


MIDDLES = index_of(PICTURES)

shares = st.tuples(*[st.floats(0, 0.2)] * 4)


def sides(box: Box) -> tuple[float, ...]:
    return box.x0, box.y0, box.x1, box.y1


def crop_of(number: int, gone: tuple[float, float, float, float], mirrored: bool) -> ImageRGB:
    copy = jpeg(cropped(PICTURES[number], *gone), 75)
    return np.ascontiguousarray(copy[:, ::-1]) if mirrored else copy


@settings(max_examples=40, deadline=None)
@given(number=st.sampled_from(sorted(PICTURES)), gone=shares, mirrored=st.booleans())
def test_what_is_found_is_the_picture_and_laid_where_it_was(
    number: int, gone: tuple[float, float, float, float], mirrored: bool
) -> None:
    tried, found = crops_among(MIDDLES, crop_of(number, gone, mirrored))
    assert tried == 2 * 36**2
    for owner, crop in found[:1]:
        assert (owner, crop.turn) == (number, 4 if mirrored else 0)
        left, top, right, bottom = gone
        assert sides(crop.shown) == pytest.approx((left, top, 1 - right, 1 - bottom), abs=0.03)


def test_nearly_every_crop_of_up_to_a_fifth_on_each_side_is_found() -> None:
    rng = np.random.default_rng(0)
    crops = [
        (number, tuple(rng.uniform(0, 0.2, 4).tolist())) for number in sorted(PICTURES) for _ in range(6)
    ]
    found = [
        crops_among(MIDDLES, crop_of(number, (one, two, three, four), mirrored=False))[1]
        for number, (one, two, three, four) in crops
    ]
    assert sum(bool(each) for each in found) >= 0.9 * len(crops)


def test_what_lacks_nearly_nothing_is_no_crop() -> None:
    assert Crop(Box(0.0, 0.0098, 1.0, 0.9902)).is_practically_whole
    assert not Crop(Box(0.0, 0.0, 1.0, 0.98)).is_practically_whole


@pytest.mark.parametrize("picture", [hopper, collins])
def test_photos_are_found_as_well(picture: Callable[[], ImageRGB]) -> None:
    photo = picture()
    for gone in ((0.2, 0, 0, 0), (0, 0.13, 0, 0), (0.1, 0.1, 0.1, 0.1), (0.02, 0.2, 0.17, 0.06)):
        _, found = crops_among(index_of({1: photo, 2: scenery(1)}), cropped(photo, *gone))
        ((owner, crop),) = found
        assert owner == 1
        assert crop.shown.x0 == pytest.approx(gone[0], abs=0.03)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(100, 10_000), kind=st.sampled_from([landscape, scenery]))
def test_other_pictures_are_not_near(seed: int, kind: Callable[[int], ImageRGB]) -> None:
    _, found = crops_among(MIDDLES, kind(seed))
    assert found == []


def test_hashes_without_pixels_are_near_the_official_ones() -> None:
    for picture in PICTURES.values():
        first = CropSearch(picture).words()[0]  # nothing is missing on any side
        assert distances(words_of([print_of(picture).middle]), first)[0] <= 34


def test_among_many_pictures_less_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FAR", len(MIDDLES) - 1)
    tried, found = crops_among(MIDDLES, cropped(PICTURES[3], 0.1, 0.02, 0.07, 0.09))
    assert tried == 2 * 9**2
    assert found[0][0] == 3
    assert crops_among(MIDDLES, cropped(PICTURES[3], 0.2, 0.2, 0.2, 0.2))[1] == []


def test_of_several_tries_of_one_picture_the_nearest_counts() -> None:
    _, found = crops_among(MIDDLES, PICTURES[12])
    assert [owner for owner, _ in found] == [12]
    words = CropSearch(PICTURES[12]).words()
    assert (distances(words, words_of([print_of(PICTURES[12]).middle])[0]) <= RADIUS).sum() > 1


def test_nothing_is_tried_where_nothing_is_enrolled() -> None:
    assert crops_among(HashIndex(), PICTURES[0]) == (0, [])


@settings(max_examples=30, deadline=None)
@given(gone=shares, mirrored=st.booleans())
def test_a_crop_is_laid_on_its_place(gone: tuple[float, float, float, float], mirrored: bool) -> None:
    original = landscape(3)
    height, width = original.shape[:2]
    copy = cropped(original, *gone)
    x0, y0 = round(gone[0] * width), round(gone[1] * height)
    y1, x1 = y0 + copy.shape[0], x0 + copy.shape[1]
    crop = Crop(Box(x0 / width, y0 / height, x1 / width, y1 / height), 4 if mirrored else 0)
    laid = crop.lay(np.ascontiguousarray(copy[:, ::-1]) if mirrored else copy)
    assert np.abs(np.array(laid.shape) - original.shape).max() <= 1
    within = np.s_[y0 + 2 : min(y1, len(laid)) - 2, x0 + 2 : min(x1, laid.shape[1]) - 2]
    assert np.abs(laid[within].astype(int) - original[within]).mean() < 3
    outside = np.ones(laid.shape[:2], np.bool_)
    outside[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = False
    assert (laid[outside] == 127).all()


def test_what_is_said_to_be_shown_lies_within_the_original() -> None:
    assert Crop(Box(-0.01, 0.1, 1.002, 0.9)).within == Box(0.0, 0.1, 1.0, 0.9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 900)])
def test_pictures_of_odd_shapes(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    crops_among(MIDDLES, noise)
    assert Crop(Box(0.1, 0.1, 0.9, 0.9)).lay(noise).ndim == 3
