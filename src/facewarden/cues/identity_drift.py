"""Does the face stay the same person: identity embeddings of one track, compared over time.

Generated and swapped faces can drift where a genuine one does not. An explanation, not a vote: a genuine face
drifts as well when it turns or the light changes, and few clips are long enough to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Moment, Reading
from facewarden.faces.identity import distance
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message

NAME = "identity_drift"
DRIFT_DISTANCE = 0.60
"""Above this largest distance within a track it is called a drift; strangers are 1 % below .54 and .8 on average."""


class IdentityDrift:
    """The cue; the pipeline computes the embeddings."""

    name = NAME
    needs = Needs(photos=False, embeddings=True)

    def open(self, facts: MediaFacts) -> DriftSession:
        """Begin with a file."""
        return DriftSession(facts)


class DriftSession:
    """The cue at work on one file; everything it needs stands in the track."""

    def __init__(self, facts: MediaFacts) -> None:
        self._photo = facts.kind == "photo"

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Nothing to do: embeddings are computed once for all cues."""

    def conclude(self, track: FaceTrack) -> Reading:
        """Compare all embeddings of the track with each other."""
        if self._photo:
            return Reading.abstention(NAME, "not_applicable")
        if len(track.embeddings) < 2:
            return Reading.abstention(NAME, "one_embedding_only")
        largest = max(distance(a, b) for (_, a), (_, b) in combinations(track.embeddings, 2))
        first = track.embeddings[0][1]
        outcome = "drift" if largest > DRIFT_DISTANCE else "steady"
        return Reading(
            cue=NAME,
            score=largest,
            sentence=Message(f"cue.{NAME}.{outcome}", {"distance": f"{largest:.2f}"}),
            series=tuple(Moment(t, min(1.0, distance(first, e))) for t, e in track.embeddings),
            facts={"embeddings": len(track.embeddings), "largest_distance": round(largest, 4)},
        )
