"""Who the faces of one file probably are, and who is in it twice at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from facewarden.faces.likeness import COIN, Likeness, why_not_compared
from facewarden.faces.track import FaceTrack

PROBABLY = 0.01
"""Of the faces of strangers, at most this share may be taken for anybody of the known people, to call one of them
probable; a larger store of people asks for a smaller distance."""

_TOGETHER_S = 0.25
"""Tracks that share no more than this may be one face that was lost and found."""


@dataclass(frozen=True, slots=True)
class Named:
    """What is known of a face.

    Attributes:
        person: id of whom it resembles; "" where nobody is near, or where it could not be compared.
        name: of that person.
        distance: to that person; None without one.
        false_positive_rate: share of strangers' faces that are taken for anybody of the known people at that distance.
        compared_with: how many people were known.
        also_tracks: other faces at the same moment that resemble the same person.
        reason: why it was not compared, or could not be with any result (``too_many_people``); "" where it was.
    """

    person: str = ""
    name: str = ""
    distance: float | None = None
    false_positive_rate: float | None = None
    compared_with: int = 0
    also_tracks: tuple[int, ...] = ()
    reason: str = ""

    @property
    def probable(self) -> bool:
        """Whether few enough strangers come so close that the name may be called probable."""
        return self.false_positive_rate is not None and self.false_positive_rate <= PROBABLY


def name_tracks(tracks: Sequence[FaceTrack], likeness: Likeness) -> dict[int, Named]:
    """Name the tracks of one file, by their numbers.

    A name needs a rate below one half over all known people: beyond it, a coin would know as much.
    """
    named = {track.number: _named(track, likeness) for track in tracks}
    return {
        track.number: replace(named[track.number], also_tracks=_also(track, tracks, named))
        for track in tracks
    }


def _named(track: FaceTrack, likeness: Likeness) -> Named:
    known = len(likeness)
    if not track.embeddings:
        return Named(compared_with=known, reason=why_not_compared(track))
    if known and not likeness.tells_apart:
        # "Resembles none of them" would be wrong: she may be among them, and nobody could tell.
        return Named(compared_with=known, reason="too_many_people")
    nearest = likeness.nearest(np.stack([embedding for _, embedding in track.embeddings]))
    if not nearest:
        return Named(compared_with=known)
    rate = likeness.rate_among_all(nearest[0].distance)
    if rate >= COIN:
        return Named(compared_with=known)
    person = nearest[0].person
    return Named(person, likeness.name_of(person), nearest[0].distance, rate, known)


def _also(track: FaceTrack, tracks: Sequence[FaceTrack], named: Mapping[int, Named]) -> tuple[int, ...]:
    mine = named[track.number]
    if not mine.probable:
        return ()
    return tuple(
        other.number
        for other in tracks
        if other is not track
        and named[other.number].probable
        and named[other.number].person == mine.person
        and _together(track, other)
    )


def _together(a: FaceTrack, b: FaceTrack) -> bool:
    shared = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    # In a photo everything is seen at one moment, which has no length.
    in_one_photo = a.start_s == a.end_s == b.start_s == b.end_s
    return shared > _TOGETHER_S or in_one_photo
