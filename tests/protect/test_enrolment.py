"""Which photos are taken, and what is said of those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.matching.negative import NegativeList
from facewarden.media.frame import ImageRGB
from facewarden.protect.enrolment import Candidate, Enrolment, with_candidates, without_strangers
from facewarden.protect.ignored import hashed
from facewarden.protect.person import Features
from people import canvas, collins, collins_head, hopper, hopper_head, put
from tests.matching.edits import scenery
from tests.media.making import write_clip
from tests.protect.making import GIVEN_AT, embedding, person


def another_collins() -> ImageRGB:
    """The same face drawn narrower and in light from the side, as of another day."""
    narrow = Image.fromarray(collins()[:260, 100:340]).resize((516, 650))
    light = np.linspace(0.45, 1.25, 516)[None, :, None]
    return (np.clip(np.asarray(narrow) / 255.0 * light, 0, 1) * 255).astype(np.uint8)


def two() -> ImageRGB:
    scene = canvas(500, 900)
    put(scene, collins_head(), centre=(250.0, 260.0), face_px=150)
    put(scene, hopper_head(), centre=(650.0, 260.0), face_px=150)
    return scene


@pytest.fixture
def enrolment(finder: FaceFinder, encoder: IdentityEncoder) -> Enrolment:
    return Enrolment(finder=finder, encoder=encoder)


def saved(tmp_path: Path, *pictures: ImageRGB) -> list[Path]:
    paths = [tmp_path / f"{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    return paths


def reasons(candidates: Sequence[Candidate]) -> list[list[str]]:
    return [[message.id for message in each.faults] for each in candidates]


def test_what_is_unfit_is_told_why(enrolment: Enrolment, tmp_path: Path) -> None:
    whole = Image.fromarray(hopper())
    pictures = [
        scenery(1),
        two(),
        np.asarray(whole.resize((180, 210))),
        np.asarray(whole.filter(ImageFilter.GaussianBlur(6))),
        (hopper().astype(np.float32) * 0.12).astype(np.uint8),
        np.clip(hopper().astype(np.float32) * 0.06 + 232, 0, 255).astype(np.uint8),
    ]
    candidates = enrolment.photos(saved(tmp_path, *pictures))
    assert reasons(candidates)[:5] == [
        ["enrol.no_face"],
        ["enrol.many_faces"],
        ["enrol.too_small"],
        ["enrol.too_blurred"],
        ["enrol.too_dark"],
    ]
    assert reasons(candidates)[5][0] in ("enrol.too_bright", "enrol.flat", "enrol.no_face")
    small = candidates[2].faults[0].render("en")
    assert "px high; it needs at least 80" in small
    assert "2 faces" in candidates[1].faults[0].render("en")


def test_a_face_at_the_edge_is_cut_off(enrolment: Enrolment, tmp_path: Path) -> None:
    (candidate,) = enrolment.photos(saved(tmp_path, hopper()[:400, 210:]))
    assert "enrol.cut_off" in reasons([candidate])[0]


def test_what_is_no_photo(enrolment: Enrolment, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_bytes(b"no picture at all")
    clip = write_clip(tmp_path / "clip.mp4", [scenery(2, 120, 160)] * 10)
    candidates = enrolment.photos([tmp_path / "text.jpg", tmp_path / "none.jpg", clip])
    assert reasons(candidates) == [["error.not_media"], ["error.not_found"], ["enrol.not_photo"]]
    with pytest.raises(UsageError, match="1 to 20 photos"):
        enrolment.photos([])
    with pytest.raises(UsageError, match="21 were named"):
        enrolment.photos([clip] * 21)


def test_the_same_picture_twice_and_a_stranger(enrolment: Enrolment, tmp_path: Path) -> None:
    again = np.asarray(Image.fromarray(collins()).resize((700, 700)))[20:690, 10:690]
    paths = saved(tmp_path, collins(), another_collins(), again, hopper())
    candidates = enrolment.photos(paths)
    assert reasons(candidates) == [[], [], ["enrol.duplicate"], ["enrol.stranger"]]
    record, features = with_candidates(person(1), Features(), candidates, now=GIVEN_AT)
    assert [each.number for each in record.materials] == [1, 2]
    assert record.next_number == 3
    assert all(each.face is not None and each.face.height_px > 80 for each in record.materials)
    assert [item.template is not None for item in features.items] == [True, True]

    # Added later: compared with what is enrolled already, however many strangers there are now.
    more = Enrolment(known=features, finder=enrolment.finder, encoder=enrolment.encoder)
    mirrored = np.ascontiguousarray(hopper()[:, ::-1])
    candidates = more.photos(saved(tmp_path, hopper(), collins(), mirrored))
    assert reasons(candidates) == [["enrol.stranger"], ["enrol.duplicate"], ["enrol.duplicate"]]


def test_material_needs_no_face(enrolment: Enrolment, tmp_path: Path) -> None:
    blank = np.full((64, 64, 3), 200, np.uint8)
    clip = write_clip(tmp_path / "clip.mp4", [scenery(n // 10, 120, 160) for n in range(40)], rate=10)
    paths = [*saved(tmp_path, scenery(1), blank, scenery(1)), clip, tmp_path / "none.jpg"]
    candidates = enrolment.material(paths)
    assert reasons(candidates) == [[], [], ["enrol.duplicate"], [], ["error.not_found"]]
    assert [message.id for message in candidates[1].notes] == ["enrol.shows_too_little"]
    record, features = with_candidates(person(1), Features(), candidates, now=GIVEN_AT)
    assert [each.kind for each in record.materials] == ["photo", "photo", "clip"]
    assert all(each.face is None for each in record.materials)
    assert all(item.template is None for item in features.items)
    assert len(features.items[2].seconds or []) == 16, "a short clip is hashed four times a second"


def of_people(*numbers: int) -> list[Candidate]:
    return [Candidate(embedding=embedding(number, spread=0.1)) for number in numbers]


def test_what_is_ignored_is_not_enrolled(enrolment: Enrolment, tmp_path: Path) -> None:
    portrait, logo, other = saved(tmp_path, collins(), scenery(3), scenery(4))
    enrolment.negative = NegativeList(pdq for path in (portrait, logo) for pdq in hashed(path).hashes)
    assert reasons(enrolment.photos([portrait])) == [["enrol.ignored"]]
    assert reasons(enrolment.material([logo, other])) == [["enrol.ignored"], []]


def test_the_largest_group_is_the_person() -> None:
    assert reasons(without_strangers(of_people(1, 1, 2, 1), [])) == [[], [], ["enrol.stranger"], []]
    assert reasons(without_strangers(of_people(1, 2), [])) == [["enrol.undecided"]] * 2
    assert reasons(without_strangers(of_people(1, 2, 2, 1, 3), [])) == [["enrol.undecided"]] * 5
    assert reasons(without_strangers(of_people(1), [])) == [[]]
    assert reasons(without_strangers(of_people(2, 2, 1), [embedding(1)])) == [["enrol.stranger"]] * 2 + [[]]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=8), st.permutations(range(8)))
def test_the_order_of_photos_does_not_matter(numbers: list[int], order: list[int]) -> None:
    candidates = of_people(*numbers)
    order = [place for place in order if place < len(numbers)]
    one = reasons(without_strangers(candidates, []))
    other = reasons(without_strangers([candidates[place] for place in order], []))
    assert [one[place] for place in order] == other
