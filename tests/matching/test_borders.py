"""Borders are found, and a real picture is never taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.matching.borders import WHOLE, Box, pictures_within
from facewarden.matching.pdq import MATCH, distance, pdq_of
from facewarden.media.frame import ImageRGB
from people import collins, hopper
from tests.matching.edits import bordered, jpeg, scenery


def best(shown: ImageRGB, original: ImageRGB) -> int:
    return min(distance(pdq_of(box.cut(shown)), pdq_of(original)) for box in (WHOLE, *pictures_within(shown)))


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (40, 90, 200)])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.2])
def test_a_border_of_one_colour(share: float, colour: tuple[int, int, int]) -> None:
    shown = jpeg(bordered(hopper(), share, colour), 75)
    assert best(shown, hopper()) <= MATCH


@pytest.mark.parametrize("axis", [0, 1])
def test_a_letterbox(axis: int) -> None:
    bar = np.zeros((120, 480, 3) if axis == 0 else (360, 150, 3), np.uint8)
    shown = np.concatenate([bar, scenery(3), bar], axis=axis)
    cut = pictures_within(shown)[0].cut(shown)
    # Borders are looked for at 512 px, so their place is known to a pixel of that.
    assert np.abs(np.subtract(cut.shape, scenery(3).shape)).max() <= 4
    assert distance(pdq_of(cut), pdq_of(scenery(3))) <= 16


def test_a_border_on_one_side_only() -> None:
    shown = np.concatenate([scenery(3), np.full((360, 90, 3), 255, np.uint8)], axis=1)
    cut = pictures_within(shown)[0].cut(shown)
    assert np.abs(np.subtract(cut.shape, scenery(3).shape)).max() <= 2
    assert distance(pdq_of(cut), pdq_of(scenery(3))) <= 16


def test_a_screenshot_with_bars_full_of_writing() -> None:
    rng = np.random.default_rng(0)
    bar = np.repeat(np.repeat(rng.integers(0, 2, (12, 60, 3), np.uint8) * 255, 8, 0), 8, 1)
    shown = np.concatenate([bar[:70], scenery(5), bar], axis=0)
    assert best(shown, scenery(5)) <= MATCH


def test_blurred_sides() -> None:
    assert best(bordered(hopper(), 0.1, None), hopper()) <= MATCH


@pytest.mark.parametrize("picture", [collins, hopper])
def test_a_plain_portrait_keeps_most_of_itself(picture: object) -> None:
    for box in pictures_within(picture()):  # type: ignore[operator]
        assert (box.x1 - box.x0) * (box.y1 - box.y0) >= 0.2


@pytest.mark.parametrize("level", [0, 127, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (47, 400), (48, 48), (600, 600)])
def test_a_plain_page_has_no_border(shape: tuple[int, int], level: int) -> None:
    assert pictures_within(np.full((*shape, 3), level, np.uint8)) == ()


@settings(max_examples=30)
@given(
    shape=st.tuples(st.integers(1, 160), st.integers(1, 160)),
    seed=st.integers(0, 2**16),
    levels=st.integers(1, 256),
)
def test_every_proposal_lies_within_the_picture_and_is_not_small(
    shape: tuple[int, int], seed: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, levels, (*shape, 3)).astype(np.uint8)
    boxes = pictures_within(picture)
    assert len(boxes) <= 5
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= 1
        assert 0 <= box.y0 < box.y1 <= 1
        assert box.cut(picture).size >= 0.15 * picture.size


def test_a_cut_has_at_least_one_pixel() -> None:
    assert Box(0.99, 0.99, 1.0, 1.0).cut(np.zeros((3, 3, 3), np.uint8)).shape == (1, 1, 3)
