"""vPDQ for clips, and which seconds of one clip are which seconds of another.

vPDQ is PDQ of one frame a second, and two clips match by the share of frames that have a match. The official binding
`vpdq` needs FFmpeg's development files to be installed and decodes whatever it is given in the calling process; frames
come from `media` here, whose decoder is confined, and the hash of each is the official one. Its features can be read
and written in vPDQ's own form (`exchange.vpdq`).

On top of it: frames are looked up as pictures are (mirrored, without borders, by faces), and pairs of matching seconds
must lie on one line of time. That tells a trim from a clip that merely shares a title card, and finds clips whose speed
was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.matching.face_anchor import FaceAnchor, anchors_of
from facewarden.matching.index import HashIndex
from facewarden.matching.match import FindsFaces
from facewarden.matching.pdq import MATCH, Pdq, pdq_of, reduced, words_of
from facewarden.matching.views import plain_views
from facewarden.media import Frame, Limits, open_media

FRAMES_PER_S = 1.0
QUERY_SHARE = 0.5
"""From this share of its seconds on a query is a copy, if they are in order in time."""

LEAST_SECONDS = 3
_LOOK_SIDE = 1024
_SPEEDS = np.round(np.arange(0.80, 1.2501, 0.01), 2)
_TIME_TOLERANCE_S = 1.0
_MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Second:
    """What is kept of one second of a clip.

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
class Span:
    """A stretch of the query that shows a stretch of the original, both in seconds."""

    query_start_s: float
    query_end_s: float
    original_start_s: float
    original_end_s: float


@dataclass(frozen=True, slots=True)
class ClipMatch:
    """How a query matches one enrolled clip.

    Attributes:
        clip: the number under which it was enrolled.
        confirmed: whether enough seconds match, in the order of the original.
        query_share, original_share: of the seconds of each, those that match in order (0..1).
        query_share_plain: of the query's, those that match any of the original's whole frames: plain vPDQ.
        speed: seconds of the original for one of the query.
        spans: which seconds are which.
        by_face: of the query's matching seconds, the share (0..1) that only a face matched.
    """

    clip: int
    confirmed: bool
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
    """The same for frames that were decoded before, about one a second."""
    seconds = []
    for frame in frames:
        seen = reduced(frame.image_rgb, _LOOK_SIDE)
        faces = finder.find(seen) if finder else []
        seconds.append(Second(frame.time_s, pdq_of(seen), anchors_of(seen, faces)))
    return ClipPrint(tuple(seconds))


@dataclass(frozen=True, slots=True)
class _Look:
    """One second of the query in all its views: (hash, whether it is of a face)."""

    time_s: float
    hashes: tuple[tuple[Pdq, bool], ...]
    plain: Pdq


class ClipIndex:
    """The enrolled clips, by number, ready to be asked.

    Args:
        finder: of faces, for the queries.
        times_s: of the seconds of clips whose hashes are `indexed` already.
        indexed: these hashes, whole frames and squares around faces; an owner is ``clip << 32 | second``.
    """

    def __init__(
        self,
        *,
        finder: FindsFaces | None = None,
        times_s: Mapping[int, npt.NDArray[np.float64]] | None = None,
        indexed: tuple[HashIndex, HashIndex] | None = None,
    ) -> None:
        self._finder = finder
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
        """The same for frames that were decoded before, about one a second."""
        looks = [self._look(frame) for frame in frames]
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
        times = np.array([look.time_s for look in looks])
        found = [
            self._aligned(clip, times, seen, len(plain.get(clip, ())) / len(looks))
            for clip, seen in pairs.items()
        ]
        return tuple(sorted(found, key=lambda match: (not match.confirmed, -match.query_share, match.clip)))

    def _look(self, frame: Frame) -> _Look:
        seen = reduced(frame.image_rgb, _LOOK_SIDE)
        hashes = [(view.pdq, False) for view in plain_views(seen, every_turn=False)]
        if self._finder:
            faces = self._finder.find(seen)
            for mirrored in (False, True):
                hashes += [(each.pdq, True) for each in anchors_of(seen, faces, mirrored=mirrored)]
        return _Look(frame.time_s, tuple(hashes), pdq_of(seen))

    def _aligned(
        self,
        clip: int,
        times: npt.NDArray[np.float64],
        seen: dict[tuple[int, int], bool],
        plain_share: float,
    ) -> ClipMatch:
        original = self._times[clip]
        pairs = np.array(sorted(seen), np.int64)
        line = best_line(times[pairs[:, 0]], original[pairs[:, 1]])
        on_line = pairs[line.on_line]
        in_order = _one_to_one(on_line, times, original, line)
        share = len(in_order) / len(times)
        return ClipMatch(
            clip=clip,
            confirmed=share >= QUERY_SHARE and len(in_order) >= min(LEAST_SECONDS, len(times), len(original)),
            query_share=share,
            original_share=len({second for _, second in in_order}) / len(original),
            query_share_plain=plain_share,
            speed=line.speed,
            spans=_spans(in_order, times, original),
            by_face=sum(seen[pair] for pair in in_order) / max(1, len(in_order)),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """``original = speed * query + offset``, and which pairs lie on it within a second."""

    speed: float
    offset_s: float
    on_line: npt.NDArray[np.bool_]


def best_line(query_s: npt.NDArray[np.float64], original_s: npt.NDArray[np.float64]) -> Line:
    """The line of time that most *different* seconds of the query lie on, for (N,) pairs of matching seconds.

    Every speed from 0.80 to 1.25 is tried; for each the offsets vote, in bins of two seconds laid twice. Of equals the
    speed nearest to 1 wins. Clips that stand still match everywhere: of more than 20,000 pairs some are left out.
    """
    step = -(-len(query_s) // _MOST_PAIRS)
    voters, originals = query_s[::step], original_s[::step]
    _, numbers = np.unique(voters, return_inverse=True)
    best: tuple[int, float, float] = (0, 1.0, 0.0)
    for speed in sorted(_SPEEDS.tolist(), key=lambda value: abs(value - 1)):
        offsets = originals - speed * voters
        for phase in (0.0, _TIME_TOLERANCE_S):
            bins = np.floor((offsets + phase) / (2 * _TIME_TOLERANCE_S)).astype(np.int64)
            ballots = np.unique(np.stack([bins, numbers], axis=1), axis=0)
            places, votes = np.unique(ballots[:, 0], return_counts=True)
            most = int(np.argmax(votes))
            if votes[most] > best[0]:
                best = int(votes[most]), speed, float(np.median(offsets[bins == places[most]]))
    _, speed, offset_s = best
    on_line = np.abs(original_s - speed * query_s - offset_s) <= _TIME_TOLERANCE_S
    return Line(speed, offset_s, on_line)


def _one_to_one(
    pairs: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    original: npt.NDArray[np.float64],
    line: Line,
) -> list[tuple[int, int]]:
    """For each second of the query the second of the original that is nearest to the line."""
    nearest: dict[int, tuple[float, int]] = {}
    for query, second in pairs.tolist():
        off = abs(float(original[second]) - line.speed * float(times[query]) - line.offset_s)
        nearest[query] = min(nearest.get(query, (np.inf, 0)), (off, second))
    return [(query, second) for query, (_, second) in sorted(nearest.items())]


def _spans(
    pairs: Sequence[tuple[int, int]], times: npt.NDArray[np.float64], original: npt.NDArray[np.float64]
) -> tuple[Span, ...]:
    """Runs of seconds that follow each other, with gaps of one second bridged."""
    runs: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if runs and pair[0] - runs[-1][-1][0] <= 2:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    step = 1 / FRAMES_PER_S
    return tuple(
        Span(
            float(times[run[0][0]]),
            float(times[run[-1][0]]) + step,
            float(min(original[second] for _, second in run)),
            float(max(original[second] for _, second in run)) + step,
        )
        for run in runs
    )


def _add(index: HashIndex, hashes: Sequence[Pdq], owner: int) -> None:
    index.add(words_of(hashes), np.full(len(hashes), owner, np.int64))


def _frames(path: Path, limits: Limits) -> Iterable[Frame]:
    with open_media(path, limits=limits, frames_per_s=FRAMES_PER_S, max_side=_LOOK_SIDE) as media:
        yield from media.frames()
