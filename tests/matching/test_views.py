"""Views undo what was done to a copy, and lay it so that it can be compared part by part."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.matching.pdq import MATCH, distance, pdq_of, turned
from facewarden.matching.views import plain_views, tilted_views
from tests.matching.edits import bordered, scenery, tilted

ORIGINAL = scenery(4)


@pytest.mark.parametrize("turn", range(8))
def test_one_view_shows_the_original_again(turn: int) -> None:
    shown = turned(bordered(ORIGINAL, 0.1), turn)
    views = plain_views(shown)
    best = min(views, key=lambda view: distance(view.pdq, pdq_of(ORIGINAL)))
    assert distance(best.pdq, pdq_of(ORIGINAL)) <= 10
    laid = best.lay(shown)
    assert abs(laid.shape[0] - ORIGINAL.shape[0]) <= 2
    assert abs(laid.shape[1] - ORIGINAL.shape[1]) <= 2
    assert distance(pdq_of(laid), pdq_of(ORIGINAL)) <= 10


def test_views_are_few() -> None:
    shown = bordered(ORIGINAL, 0.1)
    assert 8 <= len(plain_views(ORIGINAL)) <= 24
    assert 16 <= len(plain_views(shown)) <= 24
    assert len(plain_views(shown, every_turn=False)) <= 10
    assert len(tilted_views(ORIGINAL)) <= 20


def test_without_every_turn_it_is_seen_upright_and_mirrored() -> None:
    assert {view.turn for view in plain_views(ORIGINAL, every_turn=False)} == {0, 4}


@pytest.mark.parametrize("degrees", [-10, -3, 2, 6])
def test_a_tilt_is_turned_back(degrees: int) -> None:
    shown = tilted(ORIGINAL, degrees)
    views = tilted_views(shown)
    best = min(views, key=lambda view: distance(view.pdq, pdq_of(ORIGINAL)))
    assert best.tilt_deg == pytest.approx(-degrees, abs=1)
    assert distance(best.pdq, pdq_of(ORIGINAL)) < distance(pdq_of(shown), pdq_of(ORIGINAL)) + 1
    assert distance(best.pdq, pdq_of(ORIGINAL)) <= 2 * MATCH


def test_a_plain_page_has_no_views() -> None:
    page = np.full((300, 200, 3), 200, np.uint8)
    assert plain_views(page) == ()
    assert tilted_views(page) == ()
