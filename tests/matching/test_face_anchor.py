"""Squares around a face show the same, however the picture around them was cut, tilted or mirrored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from facewarden.faces.finder import FaceFinder
from facewarden.matching.face_anchor import (
    MOST_FACES,
    REACHES,
    FaceAnchor,
    anchors_of,
    closest,
    face_boxes,
    largest,
)
from facewarden.matching.pdq import MATCH, distance
from facewarden.media.frame import ImageRGB
from people import canvas, collins, collins_head, hopper, hopper_head, put
from tests.matching.edits import bordered, cropped, jpeg, resized, tilted


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def squares(picture: ImageRGB, finder: FaceFinder, *, mirrored: bool = False) -> tuple[FaceAnchor, ...]:
    return anchors_of(picture, finder.find(picture, thorough=True), mirrored=mirrored)


def nearest(one: tuple[FaceAnchor, ...], other: tuple[FaceAnchor, ...]) -> int:
    return min(distance(a.pdq, b.pdq) for a in one for b in other if a.reach == b.reach)


EDITS: dict[str, Callable[[ImageRGB], ImageRGB]] = {
    "jpeg 15": lambda p: jpeg(p, 15),
    "half": lambda p: resized(p, 0.5),
    "crop": lambda p: cropped(p, 0.1, 0.02, 0.0, 0.1),
    "crop all sides": lambda p: cropped(p, 0.1, 0.1, 0.1, 0.1),
    "border": lambda p: bordered(p, 0.15),
    "tilt 4": lambda p: tilted(p, 4),
    "tilt -10": lambda p: tilted(p, -10),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("picture", [collins, hopper])
def test_an_edited_copy_has_a_square_that_matches(
    picture: Callable[[], ImageRGB], edit: Callable[[ImageRGB], ImageRGB], finder: FaceFinder
) -> None:
    assert nearest(squares(edit(picture()), finder), squares(picture(), finder)) <= MATCH


def test_a_mirrored_copy_matches_mirrored(finder: FaceFinder) -> None:
    shown = np.ascontiguousarray(hopper()[:, ::-1])
    assert nearest(squares(shown, finder, mirrored=True), squares(hopper(), finder)) <= MATCH
    assert nearest(squares(shown, finder), squares(hopper(), finder)) > MATCH


def test_different_people_are_far_apart(finder: FaceFinder) -> None:
    assert nearest(squares(collins(), finder), squares(hopper(), finder)) > 70


def test_only_squares_within_the_picture_are_hashed(finder: FaceFinder) -> None:
    wide = {each.reach for each in squares(collins(), finder)}
    tight = {each.reach for each in squares(np.ascontiguousarray(collins()[40:200, 150:300]), finder)}
    assert set(REACHES[:2]) <= tight < wide


def test_closest_lays_a_square_again_and_never_farther(finder: FaceFinder) -> None:
    (face,) = finder.find(hopper())
    kept = squares(hopper(), finder)[1]
    shown = tilted(jpeg(hopper(), 20), 3)
    (shown_face,) = finder.find(shown)
    # Pretend that the landmarks stand off by a fortieth of the face.
    moved = type(shown_face)(shown_face.landmarks + np.float32(5), shown_face.presence)
    off = next(each for each in anchors_of(shown, [moved]) if each.reach == kept.reach)
    before = distance(off.pdq, kept.pdq)
    after = closest(shown, moved, off, kept.pdq)
    assert before > MATCH >= after
    assert closest(hopper(), face, kept, kept.pdq) == 0


def test_the_largest_faces_come_first_and_tiny_ones_are_left_out(finder: FaceFinder) -> None:
    scene = canvas(480, 900)
    put(scene, collins_head(), centre=(200, 240), face_px=90)
    put(scene, hopper_head(), centre=(600, 240), face_px=180)
    faces = finder.find(scene)
    first, second = face_boxes(scene, faces)
    assert first.x0 > second.x0
    small = [type(face)(face.landmarks * np.float32(0.1), face.presence) for face in faces]
    assert largest(small) == []
    assert anchors_of(scene, small) == ()
    assert len(largest(faces * 5)) == MOST_FACES


def test_no_face_no_squares() -> None:
    assert anchors_of(canvas(200, 200), []) == ()
    assert face_boxes(canvas(200, 200), []) == ()
