"""From frames to readings: the part of a check that looks at faces, in one pass and in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from facewarden.beside import Beside
from facewarden.cues.protocol import Cue, Session
from facewarden.cues.reading import Reading
from facewarden.faces import align, likeness
from facewarden.faces.identity import SAME_PERSON_DISTANCE, IdentityEncoder, distance
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.faces.tracker import FaceTracker, LiveTrack
from facewarden.media.facts import MediaFacts
from facewarden.media.frame import Frame

BATCH = 4
"""Samples that are shown to the cues at once. Larger batches cost the network more for each face, not less: on two
cores 16.4 ms of processor time one by one, 17.2 by fours, 20.6 by sixteens."""

BRISK_S = 2.0
_EMBED_EVERY_S = 10.0
_MAX_EMBEDDINGS = 8
_STRANGER_DISTANCE = 0.62

Witness = Callable[[Sequence[tuple[Frame, FaceSample]]], None]
"""Sees every scored batch right after the cues, on their thread (the keeper of key pictures does)."""


@dataclass(slots=True)
class Finding:
    """A track that has ended, with the cues' words on it."""

    track: FaceTrack
    readings: list[Reading]


@dataclass(slots=True)
class _Progress:
    track: FaceTrack
    next_sample_s: float = 0.0
    next_embedding_s: float = 0.0
    interval_s: float = _EMBED_EVERY_S
    kept: list[FaceSample] = field(default_factory=list)


class Analysis:
    """Feeds frames to the tracker and samples to the cues, which work beside it on a thread of their own.

    Args:
        facts: of the file.
        cues: of faces.
        tracker: follows the faces.
        samples_per_s: how often each track is shown to the cues.
        later_samples_per_s: the same from a track's first `BRISK_S` seconds on; by default no less often. A second
            look at a face that was seen a dozen times tells little, and costs as much as the first.
        encoder: computes identity embeddings; None leaves them out.

    Attributes:
        witness: sees every scored batch with its frames, right after the cues; may be set before the first frame.
        sessions: the cues at work.
    """

    def __init__(
        self,
        facts: MediaFacts,
        cues: Sequence[Cue],
        tracker: FaceTracker,
        *,
        samples_per_s: float,
        later_samples_per_s: float | None = None,
        encoder: IdentityEncoder | None = None,
    ) -> None:
        self._photo = facts.kind == "photo"
        judges = [cue for cue in cues if (cue.needs.photos if self._photo else cue.needs.clips)]
        self._sessions: list[tuple[Cue, Session]] = [(cue, cue.open(facts)) for cue in judges]
        self._silent = [cue for cue in cues if cue not in judges]
        self._tracker = tracker
        self._interval_s = 1 / samples_per_s
        self._later_interval_s = 1 / (later_samples_per_s or samples_per_s)
        self._encoder = encoder
        self.witness: Witness | None = None
        self._live: dict[int, _Progress] = {}
        self._waiting: list[tuple[Frame | None, FaceSample]] = []
        self._beside = Beside("facewarden-cues")
        self.findings: list[Finding] = []
        self.frames = 0

    @property
    def sessions(self) -> list[Session]:
        return [session for _, session in self._sessions]

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self.frames += 1
        sighting = self._tracker.update(frame)
        self._end(sighting.ended)
        for live in sighting.tracks:
            if live.number not in self._live:
                self._live[live.number] = _Progress(FaceTrack(live.number, frame.time_s, frame.time_s))
            self._observe(frame, live)
        if len(self._waiting) >= BATCH:
            self._flush()

    def finish(self) -> list[Finding]:
        """End all tracks and return the findings in the order of appearance."""
        self._end(tuple(self._live))
        return sorted(self.findings, key=lambda finding: finding.track.number)

    def _observe(self, frame: Frame, live: LiveTrack) -> None:
        progress = self._live[live.number]
        if frame.time_s + 1e-6 < progress.next_sample_s:
            progress.track.pass_by(frame.time_s, live.face.box_xyxy)
            return
        sample = align.sample(frame, live.face, track=live.number)
        if self._encoder is not None and (live.doubtful or frame.time_s >= progress.next_embedding_s):
            sample = self._identify(frame, live, sample, self._encoder)
            progress = self._live[sample.track]
        progress.track.see(sample)
        brisk = frame.time_s - progress.track.start_s < BRISK_S
        progress.next_sample_s = frame.time_s + (self._interval_s if brisk else self._later_interval_s)
        # Frames are large (25 MB in 4K): kept only for somebody who looks at them.
        self._waiting.append((frame if self.witness is not None else None, sample))

    def _identify(
        self, frame: Frame, live: LiveTrack, sample: FaceSample, encoder: IdentityEncoder
    ) -> FaceSample:
        """Embed the face; where it became another person's, end the track and begin a new one."""
        progress = self._live[live.number]
        known = progress.track.embeddings
        if not _shows_who_it_is(sample, frame):
            return sample
        embedding = encoder.embed(frame.image_rgb, sample.landmarks)
        if live.doubtful and known and min(distance(embedding, old) for _, old in known) > _STRANGER_DISTANCE:
            ended = live.number
            number = self._tracker.split(live)
            self._end((ended,))
            progress = self._live[number] = _Progress(FaceTrack(number, frame.time_s, frame.time_s))
            sample = align.sample(frame, live.face, track=number)
        live.doubtful = False
        progress.track.embeddings.append((frame.time_s, embedding))
        if len(progress.track.embeddings) > _MAX_EMBEDDINGS:
            # Every second one is dropped and the pace halved: bounded cost for clips of any length.
            del progress.track.embeddings[1::2]
            progress.interval_s *= 2
        progress.next_embedding_s = frame.time_s + progress.interval_s
        return sample

    def _flush(self) -> None:
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, []
        self._beside.put(lambda: self._show(batch))

    def _show(self, batch: Sequence[tuple[Frame | None, FaceSample]]) -> None:
        samples = [sample for _, sample in batch]
        for _, session in self._sessions:
            session.see(samples)
        if self.witness is not None:
            self.witness([(frame, sample) for frame, sample in batch if frame is not None])

    def _end(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        self._flush()
        self._beside.settle()
        for number in numbers:
            progress = self._live.pop(number, None)
            if progress is not None:
                readings = [session.conclude(progress.track) for _, session in self._sessions]
                readings += [Reading.abstention(cue.name, "not_applicable") for cue in self._silent]
                self.findings.append(Finding(progress.track, readings))


def _shows_who_it_is(sample: FaceSample, frame: Frame) -> bool:
    """Whether the face is fit, seen from the front, and not cut by the edge of the picture."""
    height, width = frame.image_rgb.shape[:2]
    outside = likeness.outside(sample.box_xyxy, width=width, height=height)
    return likeness.unfit(sample, outside=outside) is None


def join_people(tracks: Sequence[FaceTrack]) -> None:
    """Give tracks of the same person the same `FaceTrack.person` number, from 1 in order of appearance.

    Two tracks join when the nearest of their embeddings are closer than the same-person distance and they never
    show at the same time (one person is not twice in one picture; a mirror or a copied face stays two people).
    """
    people: list[list[FaceTrack]] = []
    for track in sorted(tracks, key=lambda t: t.start_s):
        home = next((group for group in people if _same_person(track, group)), None)
        if home is None:
            people.append([track])
        else:
            home.append(track)
    for number, group in enumerate(people, start=1):
        for track in group:
            track.person = number


def _same_person(track: FaceTrack, group: Sequence[FaceTrack]) -> bool:
    if any(track.start_s <= other.end_s and other.start_s <= track.end_s for other in group):
        return False
    pairs = [distance(a, b) for other in group for _, a in other.embeddings for _, b in track.embeddings]
    return bool(pairs) and min(pairs) < SAME_PERSON_DISTANCE
