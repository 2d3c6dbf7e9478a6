"""Whom a face resembles, on made-up embeddings: nothing here was measured on anybody."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from facewarden.faces.fitness import MIN_HEIGHT_PX, MIN_SHARPNESS
from facewarden.faces.likeness import (
    MAX_OUTSIDE,
    MAX_YAW_DEG,
    RATES,
    SAME_PERSON,
    Likeness,
    outside,
    stated_rate,
    unfit,
    why_not_compared,
)
from facewarden.faces.track import FaceTrack
from tests.cues.samples import sample


@dataclass(frozen=True)
class Known:
    people: list[str]
    templates: npt.NDArray[np.float32]


def at(place: float, axis: int = 0) -> npt.NDArray[np.float32]:
    """An embedding at `place` on one of the 128 axes."""
    embedding = np.zeros(128, np.float32)
    embedding[axis] = place
    return embedding


def known(**places: list[float]) -> Known:
    people = [name for name, own in places.items() for _ in own]
    return Known(people, np.stack([at(place) for own in places.values() for place in own]))


def test_the_nearest_come_first_with_their_rates() -> None:
    likeness = Likeness(known(far=[5.0], ada=[0.1], bea=[0.3]))
    ada, bea = likeness.nearest(at(0.0)[None], count=5)
    assert (ada.person, bea.person) == ("ada", "bea")
    assert ada.distance == pytest.approx(0.1, abs=1e-3)
    assert ada.false_positive_rate == RATES[0].false_positive_rate
    assert [one.person for one in likeness.nearest(at(0.0)[None])] == ["ada"]


def test_the_distance_to_a_person_is_that_to_the_nearest_template() -> None:
    likeness = Likeness(known(ada=[0.1, 0.3], bea=[0.25, 0.25, 0.25]))
    moments = np.stack([at(0.0), at(-0.1)])
    assert np.allclose(likeness.distances(moments).T, [[0.1, 0.25], [0.2, 0.35]], atol=1e-5)
    # A face that was seen at several moments: the mean over them.
    assert likeness.nearest(moments)[0].distance == pytest.approx(0.15, abs=1e-5)


def test_every_template_is_a_chance_for_strangers() -> None:
    one, three = RATES[0].false_positive_rate, 3 * RATES[0].false_positive_rate
    likeness = Likeness(known(ada=[0.1], bea=[0.1, 4.0, 5.0]))
    assert [each.false_positive_rate for each in likeness.nearest(at(0.0)[None], count=2)] == [one, three]
    assert likeness.rate_among_all(0.1) == pytest.approx(one + three)


def test_templates_of_one_person_need_not_stand_together() -> None:
    scattered = Known(["ada", "bea", "ada"], np.stack([at(0.0), at(0.4), at(0.2)]))
    likeness = Likeness(scattered)
    assert likeness.people == ("ada", "bea")
    assert likeness.distances(at(0.1)[None])[:, 0] == pytest.approx([0.1, 0.3], abs=1e-5)


def test_beyond_the_last_rate_nobody_is_named() -> None:
    likeness = Likeness(known(ada=[0.0]))
    last = RATES[-1].distance
    assert likeness.nearest(at(last - 0.001)[None])
    assert not likeness.nearest(at(last + 0.001)[None])


def test_nobody_known_and_nothing_seen() -> None:
    nobody = Likeness(Known([], np.zeros((0, 128), np.float32)))
    assert len(nobody) == 0
    assert nobody.nearest(at(0.0)[None]) == ()
    assert nobody.distances(at(0.0)[None]).shape == (0, 1)
    assert Likeness(known(ada=[0.0])).nearest(np.zeros((0, 128), np.float32)) == ()


@pytest.mark.parametrize(
    ("people", "templates", "message"),
    [
        (["ada"], np.zeros((2, 128)), r"shape \(1, 128\), but got \(2, 128\)"),
        (["ada"], np.zeros((1, 64)), r"shape \(1, 128\), but got \(1, 64\)"),
        (["ada"], np.full((1, 128), np.nan), "finite"),
    ],
)
def test_templates_that_are_none_are_refused(people: list[str], templates: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Likeness(Known(people, templates))


def test_faces_that_are_no_embeddings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(_, 128\), but got \(128,\)"):
        Likeness(known(ada=[0.0])).distances(at(0.0))


unit = st.floats(-0.25, 0.25, width=32)
"""As embeddings are: their lengths lie about 1.4."""


@given(
    st_numpy.arrays(np.float32, (7, 128), elements=unit),
    st_numpy.arrays(np.float32, (3, 128), elements=unit),
    st.lists(st.sampled_from("abc"), min_size=7, max_size=7),
)
def test_one_product_gives_what_pairs_give(
    templates: npt.NDArray[np.float32], faces: npt.NDArray[np.float32], people: list[str]
) -> None:
    likeness = Likeness(Known(people, templates))
    pairs = np.linalg.norm(templates[:, None].astype(float) - faces[None], axis=2)
    expected = [pairs[[name == one for name in people]].min(0) for one in likeness.people]
    # Near zero a distance is the root of the rounding of its square.
    assert likeness.distances(faces) == pytest.approx(np.array(expected), abs=5e-3)


def test_many_people_at_once() -> None:
    chance = np.random.default_rng(0)
    templates = chance.normal(0, 0.09, (20_000, 128)).astype(np.float32)
    likeness = Likeness(Known([str(n // 2) for n in range(20_000)], templates))
    face = templates[[12_345]] + np.float32(0.01)
    assert np.argmin(likeness.distances(face)[:, 0]) == 6172


def test_the_allowance_is_asked_before_anything_is_told() -> None:
    spent: list[int] = []
    likeness = Likeness(known(ada=[0.0]), spend=spent.append)
    likeness.spend(3)
    likeness.spend(0)
    assert spent == [3]
    Likeness(known(ada=[0.0])).spend(3)


def test_rates_grow_with_the_distance() -> None:
    for nearer, farther in pairwise(RATES):
        assert nearer.distance < farther.distance
        assert nearer.false_positive_rate < farther.false_positive_rate
    assert stated_rate(SAME_PERSON) == 1e-3
    beyond = stated_rate(float(np.nextafter(SAME_PERSON, 2)))
    assert beyond is not None
    assert beyond > 1e-3
    assert stated_rate(2.0) is None


@given(st.integers(1, 2000), st.floats(0, 2))
def test_more_people_are_confused_more_often(count: int, distance: float) -> None:
    templates = np.zeros((count, 128), np.float32)
    few = Likeness(Known(["ada"], templates[:1])).rate_among_all(distance)
    many = Likeness(Known([str(n) for n in range(count)], templates)).rate_among_all(distance)
    assert 0 < few <= many <= min(1, few * count) + 1e-9


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"height_px": MIN_HEIGHT_PX - 1}, "too_small"),
        ({"yaw_deg": -MAX_YAW_DEG - 1}, "turned_away"),
        ({"presence": 0.2}, "turned_away"),
        ({"sharpness": MIN_SHARPNESS / 2}, "too_blurred"),
    ],
)
def test_unfit_faces_say_why(changes: dict[str, float], reason: str | None) -> None:
    assert unfit(sample(**changes)) == reason  # type: ignore[arg-type]


def test_a_face_that_is_cut_off_is_not_compared() -> None:
    assert unfit(sample(), outside=MAX_OUTSIDE + 0.01) == "cut_off"


@pytest.mark.parametrize(
    ("box", "share"),
    [((10, 10, 60, 60), 0.0), ((-10, 10, 90, 60), 0.1), ((60, 10, 110, 60), 0.2), ((0, 80, 50, 120), 0.5)],
)
def test_how_far_a_face_reaches_beyond_the_picture(box: tuple[float, ...], share: float) -> None:
    assert outside(np.array(box, np.float32), width=100, height=100) == pytest.approx(share)


def test_why_a_track_was_not_compared() -> None:
    track = FaceTrack(1, 0.0, 1.0)
    assert why_not_compared(track) == "too_few_samples"
    track.heights_px, track.yaws_deg, track.sharpness = [30.0, 90.0, 40.0], [0.0] * 3, [0.2] * 3
    assert why_not_compared(track) == "too_small"
    track.heights_px, track.yaws_deg = [120.0] * 3, [-60.0, 60.0, 0.0]
    assert why_not_compared(track) == "turned_away"
    track.yaws_deg, track.sharpness = [0.0] * 3, [0.01] * 3
    assert why_not_compared(track) == "too_blurred"
    track.sharpness = [0.2] * 3
    assert why_not_compared(track) == "too_few_samples"
