"""Who the faces of a file probably are, on made-up embeddings."""

from __future__ import annotations

import numpy as np

from facewarden.faces.likeness import RATES, Likeness
from facewarden.faces.naming import PROBABLY, name_tracks
from facewarden.faces.track import FaceTrack
from tests.faces.test_likeness import Known, at, known


def track(number: int, place: float | None, start_s: float = 0.0, end_s: float = 4.0) -> FaceTrack:
    made = FaceTrack(number, start_s, end_s)
    if place is not None:
        made.embeddings = [(start_s, at(place))]
    return made


def test_a_face_near_a_person_bears_the_name() -> None:
    named = name_tracks([track(1, 0.1), track(2, 3.0)], Likeness(known(ada=[0.0])))
    assert named[1].person == "ada"
    assert named[1].probable
    assert named[1].false_positive_rate == RATES[0].false_positive_rate
    assert (named[2].person, named[2].distance, named[2].reason) == ("", None, "")


def test_names_are_asked_only_of_those_who_were_found() -> None:
    asked: list[str] = []

    def name_of(person: str) -> str:
        asked.append(person)
        return person.title()

    named = name_tracks([track(1, 0.1)], Likeness(known(ada=[0.0], bea=[4.0]), name_of=name_of))
    assert (named[1].person, named[1].name, asked) == ("ada", "Ada", ["ada"])


def test_a_face_that_was_not_seen_well_says_so() -> None:
    named = name_tracks([track(1, None)], Likeness(known(ada=[0.0])))
    assert (named[1].person, named[1].reason, named[1].compared_with) == ("", "too_few_samples", 1)
    assert not named[1].probable


def crowd(count: int) -> Likeness:
    """Ada at 0, and so many others far away."""
    others = np.tile(at(9.0), (count, 1))
    return Likeness(Known(["ada", *(f"other {n}" for n in range(count))], np.vstack([at(0.0)[None], others])))


def test_among_many_people_the_same_distance_says_less() -> None:
    rate = RATES[0].false_positive_rate
    fits, too_many = int(PROBABLY / rate) - 1, int(PROBABLY / rate) + 1
    assert name_tracks([track(1, 0.1)], crowd(fits))[1].probable
    unsure = name_tracks([track(1, 0.1)], crowd(too_many))[1]
    assert (unsure.person, unsure.probable) == ("ada", False)


def test_where_a_coin_would_know_as_much_nobody_is_named() -> None:
    last = RATES[-1]
    place = last.distance - 0.001
    assert name_tracks([track(1, place)], Likeness(known(ada=[0.0])))[1].person == "ada"
    assert name_tracks([track(1, place)], crowd(int(0.5 / last.false_positive_rate)))[1].person == ""


def test_among_too_many_people_it_is_not_said_that_a_face_resembles_none_of_them() -> None:
    named = name_tracks([track(1, 0.0), track(2, None)], crowd(4999))
    assert [(each.person, each.reason) for each in named.values()] == [
        ("", "too_many_people"),
        ("", "too_few_samples"),
    ]
    assert name_tracks([track(1, 0.0)], crowd(4998))[1].person == "ada"


def test_one_person_at_two_places_at_the_same_moment() -> None:
    likeness = Likeness(known(ada=[0.0], bea=[3.0]))
    named = name_tracks(
        [track(1, 0.1), track(2, 0.2, 2.0, 6.0), track(3, 3.1), track(4, 0.1, 5.0, 9.0), track(5, None)],
        likeness,
    )
    assert {number: name.also_tracks for number, name in named.items()} == {
        1: (2,), 2: (1, 4), 3: (), 4: (2,), 5: (),
    }  # fmt: skip


def test_a_face_that_was_lost_and_found_is_not_two() -> None:
    named = name_tracks([track(1, 0.1, 0, 2.0), track(2, 0.1, 1.9, 4.0)], Likeness(known(ada=[0.0])))
    assert named[1].also_tracks == ()


def test_two_faces_of_one_photo() -> None:
    named = name_tracks([track(1, 0.1, 0, 0), track(2, 0.1, 0, 0)], Likeness(known(ada=[0.0])))
    assert (named[1].also_tracks, named[2].also_tracks) == ((2,), (1,))


def test_what_is_unsure_is_not_counted_as_being_twice() -> None:
    named = name_tracks(
        [track(1, 0.1), track(2, 0.1)], crowd(int(PROBABLY / RATES[0].false_positive_rate) + 1)
    )
    assert named[1].person == "ada"
    assert named[1].also_tracks == ()
