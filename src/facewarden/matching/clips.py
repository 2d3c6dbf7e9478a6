"""vPDQ for clips, and which seconds of one clip are which seconds of another.

vPDQ is PDQ of one frame a second, and two clips match by the share of frames that have a match; short clips are hashed
more often here (`clip_frames`). The official binding `vpdq` needs FFmpeg's development files to be installed and
decodes whatever it is given in the calling process; frames come from `media` here, whose decoder is confined, and the
hash of each is the official one. Its features can be read and written in vPDQ's own form (`exchange.vpdq`).

On top of it: frames are looked up as pictures are (mirrored, without borders, by faces), and pairs of matching seconds
must lie on one line of time. That tells a trim from a clip that merely shares a title card, and finds clips whose speed
was changed. Clips of one scene are told from copies by `moments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.matching.clip_frames import (
    DENSE_FRAMES_PER_S,
    LOOK_SIDE,
    chosen,
    seconds_of,
    step_s,
)
from facewarden.matching.face_anchor import FaceAnchor, anchors_of
from facewarden.matching.faces_apart import FindsFaces
from facewarden.matching.index import HashIndex
from facewarden.matching.moments import Stored, shows_its_moments, some_of
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import MATCH, Pdq, pdq_of, words_of
from facewarden.matching.spans import Span, spans_of
from facewarden.matching.timeline import Line, best_line, one_to_one
from facewarden.matching.views import plain_views
from facewarden.media import Frame, Limits, open_media

QUERY_SHARE = 0.5
"""From this share of its seconds on a query is a copy, if they are in order in time."""

LEAST_SECONDS = 3.0
LEAST_OF_SHORTER = 0.75
"""So many seconds must match in order, or this share of the shorter clip where that is less: see `_is_copy`."""


@dataclass(frozen=True, slots=True)
class Second:
    """What is kept of one second of a clip, or of a quarter of one if it is short.

    Attributes:
        time_s: of the frame that was hashed.
        pdq: of the whole frame; what vPDQ calls a feature.
        anchors: of the faces in it.
    """

    time_s: float
    pdq: Pdq
    anchors: tuple[FaceAnchor, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipPrint:
    """The hashes of a clip, one `Second` after the other."""

    seconds: tuple[Second, ...]

    @property
    def useful(self) -> bool:
        return any(each.pdq.useful or each.anchors for each in self.seconds)


@dataclass(frozen=True, slots=True)
class ClipMatch:
    """How a query matches one enrolled clip.

    Attributes:
        clip: the number under which it was enrolled.
        confirmed: whether enough seconds match, in the order of the original, and are its moments rather than others
            of the same scene.
        alike: whether enough seconds match in that order, be they its moments or not.
        query_share, original_share: of the seconds of each, those that match in order (0..1).
        query_share_plain: of the query's, those that match any of the original's whole frames: plain vPDQ.
        speed: seconds of the original for one of the query.
        spans: which seconds are which.
        by_face: of the query's matching seconds, the share (0..1) that only a face matched.
    """

    clip: int
    confirmed: bool
    alike: bool
    query_share: float
    original_share: float
    query_share_plain: float
    speed: float
    spans: tuple[Span, ...]
    by_face: float


def clip_print(
    path: Path,
    *,
    finder: FindsFaces | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> ClipPrint:
    """Hash a clip as it is enrolled; with a `finder` its faces, too. Raises MediaError."""
    return print_of_frames(_frames(path, limits), finder=finder)


def print_of_frames(frames: Iterable[Frame], *, finder: FindsFaces | None = None) -> ClipPrint:
    """The same for frames that were decoded before, at `DENSE_FRAMES_PER_S` or more; only some are hashed."""
    seconds = []
    for frame in chosen(frames):
        seen = frame.image_rgb
        faces = finder.find(seen) if finder else []
        seconds.append(Second(frame.time_s, pdq_of(seen), anchors_of(seen, faces)))
    return ClipPrint(tuple(seconds))


@dataclass(frozen=True, slots=True)
class _Look:
    """One moment of the query in all its views: (hash, whether it is of a face)."""

    time_s: float
    hashes: tuple[tuple[Pdq, bool], ...]
    plain: Pdq


class ClipIndex:
    """The enrolled clips, by number, ready to be asked.

    Args:
        finder: of faces, for the queries.
        negative: hashes that never count, such as those of title cards.
        times_s: of the seconds of clips whose hashes are `indexed` already.
        indexed: these hashes, whole frames and squares around faces; an owner is ``clip << 32 | second``.
    """

    def __init__(
        self,
        *,
        finder: FindsFaces | None = None,
        negative: NegativeList | None = None,
        times_s: Mapping[int, npt.NDArray[np.float64]] | None = None,
        indexed: tuple[HashIndex, HashIndex] | None = None,
    ) -> None:
        self._finder = finder
        self._negative = negative or NegativeList()
        self._times = dict(times_s or {})
        self._wholes, self._anchors = indexed or (HashIndex(), HashIndex())

    def __len__(self) -> int:
        return len(self._times)

    def add(self, clip: int, kept: ClipPrint) -> None:
        """Enrol a print. Raises ValueError where the number is taken, or nothing in it is useful."""
        if clip in self._times or not 0 <= clip < 1 << 31:
            raise ValueError(f"clip {clip} is enrolled already, or no number from 0 to {(1 << 31) - 1}")
        if not kept.useful:
            raise ValueError("the clip shows too little to be told from others")
        self._times[clip] = np.array([each.time_s for each in kept.seconds])
        for number, second in enumerate(kept.seconds):
            owner = clip << 32 | number
            if second.pdq.useful:
                _add(self._wholes, [second.pdq], owner)
            _add(self._anchors, [each.pdq for each in second.anchors], owner)

    def remove(self, clip: int) -> bool:
        """Forget a clip; tells whether there was one."""
        times = self._times.pop(clip, None)
        if times is None:
            return False
        owners = range(clip << 32, (clip << 32) + len(times))
        self._wholes.remove(*owners)
        self._anchors.remove(*owners)
        return True

    def match(self, path: Path, *, limits: Limits = Limits()) -> tuple[ClipMatch, ...]:  # noqa: B008 - frozen
        """Look a clip up; the surest match first. Raises MediaError."""
        return self.match_frames(_frames(path, limits))

    def match_frames(self, frames: Iterable[Frame]) -> tuple[ClipMatch, ...]:
        """The same for frames that were decoded before, at `DENSE_FRAMES_PER_S` or more; only some are hashed."""
        looks = [self._look(frame) for frame in chosen(frames)]
        pairs: dict[int, dict[tuple[int, int], bool]] = {}
        plain: dict[int, set[int]] = {}
        for number, look in enumerate(looks):
            for by_face, index in ((False, self._wholes), (True, self._anchors)):
                hashes = [pdq for pdq, of_face in look.hashes if of_face is by_face]
                for pdq, near in zip(hashes, index.within_each(words_of(hashes), MATCH), strict=True):
                    for owner in near.owners.tolist():
                        clip, second = owner >> 32, owner & 0xFFFFFFFF
                        seen = pairs.setdefault(clip, {})
                        seen[number, second] = seen.get((number, second), True) and by_face
                        if not by_face and pdq == look.plain:
                            plain.setdefault(clip, set()).add(number)
        found = [
            self._aligned(clip, looks, seen, len(plain.get(clip, ())) / len(looks))
            for clip, seen in pairs.items()
        ]
        return tuple(sorted(found, key=lambda match: (not match.confirmed, -match.query_share, match.clip)))

    def _look(self, frame: Frame) -> _Look:
        seen, plain = frame.image_rgb, pdq_of(frame.image_rgb)
        if self._negative.holds(plain):
            return _Look(frame.time_s, (), plain)
        views = plain_views(seen, every_turn=False)
        hashes = [(view.pdq, False) for view in views if not self._negative.holds(view.pdq)]
        if self._finder:
            faces = self._finder.find(seen)
            for mirrored in (False, True):
                hashes += [(each.pdq, True) for each in anchors_of(seen, faces, mirrored=mirrored)]
        return _Look(frame.time_s, tuple(hashes), plain)

    def _aligned(
        self,
        clip: int,
        looks: Sequence[_Look],
        seen: dict[tuple[int, int], bool],
        plain_share: float,
    ) -> ClipMatch:
        times, original = np.array([look.time_s for look in looks]), self._times[clip]
        pairs = np.array(sorted(seen), np.int64)
        line = best_line(times[pairs[:, 0]], original[pairs[:, 1]])
        on_line = pairs[line.on_line]
        in_order = one_to_one(on_line, times, original, line)
        share = len(in_order) / len(times)
        alike = share >= QUERY_SHARE and _is_copy(on_line, times, original)
        return ClipMatch(
            clip=clip,
            alike=alike,
            confirmed=alike and self._same_moments(clip, [looks[query] for query, _ in in_order], line),
            query_share=share,
            original_share=len(np.unique(on_line[:, 1])) / len(original),
            query_share_plain=plain_share,
            speed=line.speed,
            spans=spans_of(in_order, times, original),
            by_face=sum(seen[pair] for pair in in_order) / max(1, len(in_order)),
        )

    def _same_moments(self, clip: int, matched: Sequence[_Look], line: Line) -> bool:
        """Whether what matches is nearer to its own moments than to others of the same scene: see `moments`."""
        looks, original = [matched[number] for number in some_of(range(len(matched)))], self._times[clip]
        first = clip << 32
        whole, face = (
            Stored(words, owners - first).bits_to(
                [words_of([pdq for pdq, of_face in look.hashes if of_face is by_face]) for look in looks],
                len(original),
            )
            for by_face, index in ((False, self._wholes), (True, self._anchors))
            for owners, words in [index.owned_by(first, first + len(original))]
        )
        return shows_its_moments(whole, face, np.array([look.time_s for look in looks]), original, line)


def _is_copy(
    on_line: npt.NDArray[np.int64], times: npt.NDArray[np.float64], original: npt.NDArray[np.float64]
) -> bool:
    """Whether enough time matches: three seconds, or three quarters of the shorter clip where that is less.

    Time, not hashes: two seconds of a title card are eight hashes of two short clips, and no more than before. It is
    counted on both sides, and the lesser counts: a picture that stands still in the query for long is one second of an
    original that shows it for one. By three quarters, clips with one hash a second need all of up to three hashes and
    three of more; those with four a second need 2.25 seconds of three.
    """
    coarse_s = max(step_s(times), step_s(original))
    shared, whole = [], []
    for side, clip in enumerate((times, original)):
        shared.append(seconds_of(clip[np.unique(on_line[:, side])], step_s(clip), coarse_s))
        whole.append(seconds_of(clip, step_s(clip), coarse_s))
    return min(shared) >= min(LEAST_SECONDS, LEAST_OF_SHORTER * min(whole))


def _add(index: HashIndex, hashes: Sequence[Pdq], owner: int) -> None:
    index.add(words_of(hashes), np.full(len(hashes), owner, np.int64))


def _frames(path: Path, limits: Limits) -> Iterable[Frame]:
    with open_media(path, limits=limits, frames_per_s=DENSE_FRAMES_PER_S, max_side=LOOK_SIDE) as media:
        yield from media.frames()
