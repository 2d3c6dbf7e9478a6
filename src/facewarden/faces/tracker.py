"""Following faces through a clip: detect every few frames, let the mesh follow in between.

A scene cut ends every track (who it is afterwards is for the identity embeddings to say). Where two tracks
cross, both are followed by the mesh; one that slid onto the other's face is dropped, and both are marked
`doubtful`, so that the caller compares identities before it trusts that track numbers and people still agree. So
is a track whose aligned face looks different from one frame to the next: a cut to another person in the same place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.faces import align, warp
from facewarden.faces.detector import overlap
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.media.frame import Frame, ImageRGB

_MIN_PRESENCE = 0.5
_CROSSING_IOU = 0.1
_MERGED_IOU = 0.55
_CUT_DIFFERENCE = 28.0
_MIN_FACE_PX = 16.0
_MIN_LIKENESS = 0.7
"""Of the same face in neighbouring frames, 6 a second, 98 in 100 are more alike than this (median .98)."""

_LOOK_PX = 24
_LOOK_FLOOR = 8.0**2

Look = npt.NDArray[np.float32]


@dataclass(slots=True)
class LiveTrack:
    """A track that is being followed.

    Attributes:
        number: of the track.
        face: the newest landmarks.
        doubtful: whether it may have become another person.
        look: (18, 14) float32, the newest inner face, aligned, grey, less its mean.
    """

    number: int
    face: MeshFace
    look: Look
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one frame showed: the tracks seen in it, and the numbers of those that ended before it."""

    tracks: tuple[LiveTrack, ...]
    ended: tuple[int, ...]


class FaceTracker:
    """Turns frames, in the order of time, into tracked faces."""

    def __init__(
        self,
        *,
        detect_every: int = 3,
        small_faces: bool = False,
        photo: bool = False,
        finder: FaceFinder | None = None,
    ) -> None:
        """`detect_every` analysed frames the detector looks; `small_faces` adds tiles; `photo` looks thoroughly.

        `finder` spares loading the networks anew; one may serve many trackers, one after another.
        """
        self._finder = finder or FaceFinder()
        self._detect_every = detect_every
        self._thorough = small_faces or photo
        self._tracks: list[LiveTrack] = []
        self._next = 1
        self._since_detection = detect_every
        self._thumbnail: npt.NDArray[np.float32] | None = None
        self._faceless_looks = 0

    def update(self, frame: Frame) -> Sighting:
        """Find and follow the faces of the next frame."""
        image = frame.image_rgb
        before = {track.number for track in self._tracks}
        if self._is_cut(image):
            self._tracks = []
            self._since_detection = self._detect_every
        self._follow(image)
        lost = len(self._tracks) < len(before)
        self._since_detection += 1
        if lost or not self._tracks or self._since_detection >= self._detect_every:
            self._detect(image)
        now = {track.number for track in self._tracks}
        return Sighting(tuple(self._tracks), tuple(sorted(before - now)))

    def split(self, track: LiveTrack) -> int:
        """Give `track` a new number (its face turned out to be another person's); returns the new one."""
        track.number, self._next = self._next, self._next + 1
        return track.number

    def _follow(self, image: ImageRGB) -> None:
        followed = self._finder.mesh.follow(image, [track.face for track in self._tracks])
        kept: list[LiveTrack] = []
        for track, face in zip(self._tracks, followed, strict=True):
            if face.presence < _MIN_PRESENCE or overlap(face.box_xyxy, track.face.box_xyxy) == 0.0:
                continue
            look = _look(image, face)
            if _likeness(look, track.look) < _MIN_LIKENESS:
                track.doubtful = True
            track.face, track.look = face, look
            kept.append(track)
        self._tracks = _without_merged(kept)

    def _detect(self, image: ImageRGB) -> None:
        self._since_detection = 0
        known = [track.face for track in self._tracks]
        found = self._finder.find(image, thorough=self._thorough, known=known)
        if not found and not known and self._is_due_for_a_hard_look():
            found = self._finder.find(image, thorough=True, last_resort=True)
            if found:
                # What the plain look cannot see needs the hard one from now on, at four times the cost.
                self._thorough = True
                self._faceless_looks = 0
        for face in found:
            box = face.box_xyxy
            if min(box[2] - box[0], box[3] - box[1]) >= _MIN_FACE_PX:
                self._tracks.append(LiveTrack(self._next, face, _look(image, face)))
                self._next += 1

    def _is_due_for_a_hard_look(self) -> bool:
        """At the 1st, 2nd, 4th, 8th... look without a known face.

        A clip that is nothing but a face, or turned, needs it, and may begin with a black frame; a long clip
        without faces must not pay for it each time.
        """
        self._faceless_looks += 1
        return self._faceless_looks.bit_count() == 1

    def _is_cut(self, image: ImageRGB) -> bool:
        step = max(1, image.shape[0] // 32), max(1, image.shape[1] // 32)
        coarse = Image.fromarray(np.ascontiguousarray(image[:: step[0], :: step[1]])).resize((32, 32))
        thumbnail = np.asarray(coarse, np.float32)
        before, self._thumbnail = self._thumbnail, thumbnail
        return before is not None and float(np.abs(thumbnail - before).mean()) > _CUT_DIFFERENCE


def _look(image: ImageRGB, face: MeshFace) -> Look:
    to_look = align.crop_transform(face.landmarks) * (_LOOK_PX / CROP_SIZE)
    grey = warp.cut(image, to_look, _LOOK_PX).mean(-1, dtype=np.float32)[4:22, 5:19]
    return np.asarray(grey - grey.mean(), np.float32)


def _likeness(a: Look, b: Look) -> float:
    """Correlation of two looks; the floor keeps faces in the dark from being compared by their noise."""
    shared = float((a * b).mean()) + _LOOK_FLOOR
    return shared / float(np.sqrt((np.square(a).mean() + _LOOK_FLOOR) * (np.square(b).mean() + _LOOK_FLOOR)))


def _without_merged(tracks: list[LiveTrack]) -> list[LiveTrack]:
    """Drop the less certain of two tracks on one face; mark tracks that touch as doubtful."""
    kept: list[LiveTrack] = []
    for track in sorted(tracks, key=lambda t: -t.face.presence):
        shared = [overlap(track.face.box_xyxy, other.face.box_xyxy) for other in kept]
        for other, value in zip(kept, shared, strict=True):
            if value > _CROSSING_IOU:
                other.doubtful = track.doubtful = True
        # Of two on one face the one that stays may be the one that slid there: it stays doubtful.
        if not any(value > _MERGED_IOU for value in shared):
            kept.append(track)
    return sorted(kept, key=lambda t: t.number)
