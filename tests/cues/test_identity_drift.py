"""Whether a face stays the same person, told from the track's embeddings alone."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.cues.identity_drift import DRIFT_DISTANCE, NAME, IdentityDrift
from facewarden.faces.track import FaceTrack
from facewarden.messages import LANGUAGES
from tests.cues.samples import CLIP, PHOTO, sample


def drifting(*places: float) -> FaceTrack:
    """A track whose embeddings lie along a line, at these places."""
    track = FaceTrack(1, 0.0, float(len(places)))
    direction = np.zeros(128, np.float32)
    direction[3] = 1
    track.embeddings = [(float(n), direction * np.float32(place)) for n, place in enumerate(places)]
    return track


def test_a_steady_face() -> None:
    reading = IdentityDrift().open(CLIP).conclude(drifting(0, 0.3, 0.1, 0.4))
    assert reading.sentence.id == f"cue.{NAME}.steady"
    assert reading.score == pytest.approx(0.4)
    assert [moment.score for moment in reading.series] == pytest.approx([0, 0.3, 0.1, 0.4])
    assert reading.facts == {"embeddings": 4, "largest_distance": 0.4}


def test_the_largest_distance_of_any_two_counts() -> None:
    # Never further than .35 from the first, but .7 from one to the other.
    reading = IdentityDrift().open(CLIP).conclude(drifting(0, 0.35, -0.35))
    assert reading.score == pytest.approx(0.7)
    assert reading.sentence.id == f"cue.{NAME}.drift"
    assert all(reading.sentence.render(language) for language in LANGUAGES)
    assert reading.sentence.params == {"distance": "0.70"}


def test_the_lane_stays_within_its_heights() -> None:
    reading = IdentityDrift().open(CLIP).conclude(drifting(0, 1.7))
    assert [moment.score for moment in reading.series] == [0, 1]
    assert reading.score == pytest.approx(1.7)


def test_the_drift_begins_above_its_distance() -> None:
    below, above = (
        IdentityDrift().open(CLIP).conclude(drifting(0, DRIFT_DISTANCE + step)) for step in (-0.01, 0.01)
    )
    assert below.sentence.id.endswith("steady")
    assert above.sentence.id.endswith("drift")


@pytest.mark.parametrize("places", [(), (0.2,)])
def test_one_look_is_no_comparison(places: tuple[float, ...]) -> None:
    reading = IdentityDrift().open(CLIP).conclude(drifting(*places))
    assert (reading.abstained, reading.reason) == (True, "one_embedding_only")


def test_a_photo_has_no_time() -> None:
    at_work = IdentityDrift().open(PHOTO)
    at_work.see([sample()])
    assert at_work.conclude(drifting(0, 1)).reason == "not_applicable"
