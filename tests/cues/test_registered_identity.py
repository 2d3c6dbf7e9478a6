"""What the cue says of faces that resemble a registered person, told from the track's embeddings alone."""

from __future__ import annotations

import pytest

from facewarden.cues.protocol import Cue
from facewarden.cues.registered_identity import NAME, RegisteredIdentity
from facewarden.faces.likeness import Likeness
from facewarden.faces.track import FaceTrack
from facewarden.messages import LANGUAGES
from tests.cues.samples import CLIP, PHOTO, sample
from tests.faces.test_likeness import at, known


def face(*places: float) -> FaceTrack:
    track = FaceTrack(1, 0.0, float(len(places)))
    track.embeddings = [(float(n), at(place)) for n, place in enumerate(places)]
    return track


def cue() -> RegisteredIdentity:
    return RegisteredIdentity(Likeness(known(ada=[0.0], bea=[4.0])))


def test_it_is_a_cue() -> None:
    assert isinstance(cue(), Cue)
    assert cue().needs.embeddings


@pytest.mark.parametrize("facts", [CLIP, PHOTO])
def test_resemblance_is_reported_and_a_swap_is_not_judged(facts: object) -> None:
    session = cue().open(facts)  # type: ignore[arg-type]
    session.see([sample()])
    reading = session.conclude(face(0.1, 0.3, 0.2))
    assert (reading.cue, reading.abstained, reading.score) == (NAME, True, None)
    assert reading.facts == {"distance": 0.2, "drift": 0.2, "embeddings": 3}
    assert [moment.score for moment in reading.series] == pytest.approx([0.1, 0.3, 0.2], abs=1e-3)
    for language in LANGUAGES:
        assert reading.sentence.render(language)


@pytest.mark.parametrize(("places", "reason"), [((), "too_few_samples"), ((2.0,), "nobody_known")])
def test_it_says_why_there_is_nothing_to_say(places: tuple[float, ...], reason: str) -> None:
    reading = cue().open(CLIP).conclude(face(*places))
    assert (reading.abstained, reading.reason, reading.score) == (True, reason, None)
    assert reading.sentence.render("ko")
