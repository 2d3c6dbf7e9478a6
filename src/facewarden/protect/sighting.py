"""One file seen for matching: its frames pass the face tracker and the indexes of copies in one decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from facewarden.analysis import Analysis, join_people
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.track import FaceTrack
from facewarden.faces.tracker import FaceTracker
from facewarden.matching.clip_frames import DENSE_FRAMES_PER_S, FRAMES_PER_S
from facewarden.matching.clips import ClipMatch
from facewarden.matching.digests import Digests
from facewarden.matching.lookup import Lookup
from facewarden.matching.pdq import pdq_of
from facewarden.media import Frame, Media
from facewarden.media.facts import MediaFacts
from facewarden.media.pace import Pace
from facewarden.protect.registry import Registry

CLIP_FRAMES_PER_S = DENSE_FRAMES_PER_S
CLIP_SIDE = 1024
PICTURE_EVERY_S = 10.0
"""How often a clip is asked whether it shows an enrolled picture; a lookup costs up to half a second."""

_MOST_PICTURE_LOOKUPS = 60


@dataclass(slots=True)
class Sighting:
    """What one file showed.

    Attributes:
        lookups: (time_s, what the picture index said).
        listed: (time_s, what the hashes of lists said).
        clips: what the clip index said.
        tracks: the faces, those of one person joined.
        digests: of the file, where lists hold any.
        shows_enough: whether any frame that was looked at can be told from others by its hash.
    """

    facts: MediaFacts
    lookups: list[tuple[float, Lookup]] = field(default_factory=list)
    listed: list[tuple[float, Lookup]] = field(default_factory=list)
    clips: tuple[ClipMatch, ...] = ()
    tracks: list[FaceTrack] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    frames: int = 0
    digests: Digests | None = None
    shows_enough: bool = False


def look(media: Media, registry: Registry, finder: FaceFinder, encoder: IdentityEncoder) -> Sighting:
    """Take in the whole file. Raises MediaError, and KeyError where an enrolled print was forgotten meanwhile."""
    photo = media.facts.kind == "photo"
    tracker = FaceTracker(finder=finder, detect_every=2, photo=photo)
    analysis = Analysis(media.facts, [], tracker, samples_per_s=1.0, encoder=encoder)
    seen = Sighting(media.facts)
    pictures = registry.pictures(finder) if registry.picture_count() else None
    listed, asked = registry.listed.pictures, 0
    slow, looked = Pace(1 / PICTURE_EVERY_S), Pace(FRAMES_PER_S)

    def passing() -> Iterator[Frame]:
        """Every frame goes to the tracker and on to the index of clips, which chooses among them."""
        nonlocal asked
        for frame in media.frames():
            analysis.see(frame)
            seen.frames += 1
            if asked < _MOST_PICTURE_LOOKUPS and slow.wants(frame.time_s):
                asked += 1
                if pictures is not None:
                    seen.lookups.append((frame.time_s, pictures.match(frame.image_rgb)))
                if len(listed):
                    seen.listed.append((frame.time_s, listed.match(frame.image_rgb)))
            if looked.wants(frame.time_s):
                seen.shows_enough = seen.shows_enough or pdq_of(frame.image_rgb).useful
            yield frame

    if registry.clip_count():
        seen.clips = registry.clips(finder).match_frames(passing())
    else:
        for _ in passing():
            pass
    seen.tracks = [finding.track for finding in analysis.finish()]
    join_people(seen.tracks)
    seen.facts, seen.warnings = media.facts, media.warnings
    return seen
