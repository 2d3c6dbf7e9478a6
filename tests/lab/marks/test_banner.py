"""The banner is there, can be read, and stays off the faces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.lab.marks.banner import banner_for


@pytest.mark.parametrize(
    ("boxes", "place"),
    [
        ([], "bottom"),
        ([(300, 100, 500, 400)], "bottom"),
        ([(300, 200, 500, 718)], "top"),
        ([(300, 2, 500, 718)], "below"),
        ([(0, 2, 90, 90), (300, 200, 500, 718)], "below"),
    ],
)
def test_it_keeps_away_from_faces(boxes: list[tuple[int, ...]], place: str) -> None:
    assert banner_for(1280, 720, boxes).place == place


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(64, 2000),
    height=st.integers(64, 2000),
    top=st.floats(0, 1),
    bottom=st.floats(0, 1),
)
def test_the_pixels_of_a_face_are_never_touched(width: int, height: int, top: float, bottom: float) -> None:
    y0, y1 = sorted((int(top * height), int(bottom * height)))
    picture = np.full((height, width, 3), 200, np.uint8)
    marked = banner_for(width, height, [(0, y0, width, y1)]).put_on(picture)
    assert marked.shape[1] == width
    assert marked.shape[0] >= height
    np.testing.assert_array_equal(marked[y0:y1], picture[y0:y1])
    assert (marked.shape[0] - height) % 2 == 0


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (720, 1280), (416, 416), (224, 224), (100, 120), (64, 64)]
)
def test_there_is_writing_on_it(width: int, height: int) -> None:
    strip = banner_for(width, height, []).strip_rgb
    bright = (strip.astype(int).sum(axis=2) > 380).mean()
    assert 0.02 < bright < 0.5
    # Nothing runs off the sides.
    assert (strip[:, [0, -1]].max(axis=(0, 1)) < 60).all()


def test_the_original_stays_as_it_was() -> None:
    picture = np.full((400, 400, 3), 77, np.uint8)
    marked = banner_for(400, 400, []).put_on(picture)
    assert (picture == 77).all()
    assert not (marked == 77).all()


def test_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 400 px wide, but got 300 px"):
        banner_for(400, 400, []).put_on(np.zeros((400, 300, 3), np.uint8))
