"""Does a face that resembles an enrolled person keep resembling that person, from moment to moment?

A face that is drawn anew for each picture can come nearer to the person and go away again, where the person's own face
stays about as near. What is measured stands in the reading; it never votes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Moment, Reading
from facewarden.faces.likeness import Likeness
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message

NAME = "registered_identity"


class RegisteredIdentity:
    """The cue; the pipeline computes the embeddings."""

    name = NAME
    needs = Needs(embeddings=True)

    def __init__(self, people: Likeness) -> None:
        self._people = people

    def open(self, facts: MediaFacts) -> IdentitySession:
        """Begin with a file."""
        return IdentitySession(self._people)


class IdentitySession:
    """The cue at work on one file; everything it needs stands in the track."""

    def __init__(self, people: Likeness) -> None:
        self._people = people

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Nothing to do: embeddings are computed once for all cues."""

    def conclude(self, track: FaceTrack) -> Reading:
        """Compare every moment with the person whom the face as a whole resembles."""
        if not track.embeddings:
            return Reading.abstention(NAME, "too_few_samples")
        embeddings = np.stack([embedding for _, embedding in track.embeddings])
        nearest = self._people.nearest(embeddings)
        if not nearest:
            return Reading.abstention(NAME, "nobody_known")
        place = self._people.people.index(nearest[0].person)
        distances = self._people.distances(embeddings)[place]
        return Reading(
            cue=NAME,
            abstained=True,
            reason="resemblance_only",
            sentence=Message("abstain.resemblance_only"),
            series=tuple(
                Moment(time_s, float(min(1.0, distance)))
                for (time_s, _), distance in zip(track.embeddings, distances, strict=True)
            ),
            facts={
                "distance": round(nearest[0].distance, 4),
                "drift": round(float(distances.max() - distances.min()), 4),
                "embeddings": len(distances),
            },
        )
