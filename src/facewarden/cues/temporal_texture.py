"""Does the face's texture change from moment to moment as that of its surroundings does?

A swapped face is drawn anew for each frame by a network, or warped from one photo, always in the coordinates of the
face: its skin keeps to them more than real skin does under the same light, motion and compression. So moments of a
track up to 1.3 s apart are laid upon each other, aligned by the landmarks, and in three bands of detail the change
inside the face, relative to its contrast, is set against the same in a ring around it (ears, hair, neck). What both
have in common (motion, noise, blur, the encoder) cancels out.

Nothing is trained. Measured at the moments that a check looks at: a live autoencoder's forgery scored higher than its
own genuine twin in 17 of 19 pairs (AUC .72); portraits animated by diffusion were above genuine speakers with AUC .94
(4 against 4 clips), lip sync above genuine lips with .68 (one actor); one-photo swaps of the lab above the same clips
encoded alike in 12 of 13 pairs (AUC .85), at a strong compression in 12 of 14 (.82). An enhancer, which treats each
frame alike, is not seen (.51). By itself that is weak evidence, so the cue only supports one that judges single
pictures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.cues.fitness import main_reason, unfit
from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Reading
from facewarden.cues.regions import beyond_picture, face_and_ring
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message

NAME = "temporal_texture"
_APART_S = 0.19
"""Moments that come sooner after the last are passed over: they would cost as much and add little."""
_TOGETHER_S = 1.3
_MIN_PAIRS = 3
_WINDOWS_PX = (3, 7, 15)
_FACE, _RING = 0.85, (1.08, 1.35)
_MIN_FACE_PX, _MIN_RING_PX = 600, 400
_FLOOR = 0.02
_STILL = 0.1
"""Grey levels by which the surroundings change at least, or nothing moves: a still picture shown as a clip."""
_MOVES_PX = 1.5
"""By how many pixels of the crop the landmarks move at least, now and then. In a clip that pans over a photograph it is
1.4, which is the mesh's own error; there the soft skin changes less than the sharp hair for no other reason."""
_STEADY, _CALM = 0.45, 0.40
"""Scores that about one genuine clip in 20, and one in 10, reaches: measured on 33 clips."""

Bands = npt.NDArray[np.float32]
"""(3, 128, 128) detail of the crop at half its size, finest band first."""


class TemporalTexture:
    """The cue; needs no model."""

    name = NAME
    needs = Needs(photos=False)

    def open(self, facts: MediaFacts) -> TextureSession:
        """Begin with a file."""
        return TextureSession(photo=facts.kind == "photo")


@dataclass(frozen=True, slots=True)
class _Look:
    """One moment: (3, 16384) `bands` and their absolute values, (2, 16384) `regions` (face and ring, 0 or 1), and the
    (468, 2) landmarks in the crop."""

    time_s: float
    bands: npt.NDArray[np.float32]
    contrast: npt.NDArray[np.float32]
    regions: npt.NDArray[np.float32]
    landmarks: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Seen:
    looks: list[_Look] = field(default_factory=list)
    """Those of the last 1.3 s: at most seven."""
    changes: list[float] = field(default_factory=list)
    moved_px: list[float] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class TextureSession:
    """The cue at work on one file."""

    def __init__(self, *, photo: bool) -> None:
        self._photo = photo
        self._tracks: dict[int, _Seen] = defaultdict(_Seen)

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Compare each fit sample with those of its track just before it."""
        if self._photo:
            return
        for sample in samples:
            seen = self._tracks[sample.track]
            if seen.looks and sample.time_s - seen.looks[-1].time_s < _APART_S:
                continue
            reason = unfit(sample)
            if reason is not None:
                seen.left_out[reason] += 1
                continue
            look = _look(sample)
            seen.looks = [before for before in seen.looks if look.time_s - before.time_s <= _TOGETHER_S]
            for before in seen.looks:
                change = compared(before, look)
                if isinstance(change, str):
                    seen.left_out[change] += 1
                else:
                    seen.changes.append(change)
                    seen.moved_px.append(_moved_px(before, look))
            seen.looks.append(look)

    def conclude(self, track: FaceTrack) -> Reading:
        """The mean over all pairs of moments."""
        if self._photo:
            return Reading.abstention(NAME, "not_applicable")
        seen = self._tracks.pop(track.number, _Seen())
        if len(seen.changes) < _MIN_PAIRS:
            return Reading.abstention(NAME, main_reason(seen.left_out) if seen.left_out else "too_short")
        if np.percentile(seen.moved_px, 90) < _MOVES_PX:
            return Reading.abstention(NAME, "nothing_moves")
        score = -float(np.mean(seen.changes))
        outcome = "steady" if score >= _STEADY else "calm" if score >= _CALM else "lively"
        return Reading(
            cue=NAME,
            score=score,
            sentence=Message(f"cue.{NAME}.{outcome}"),
            facts={"pairs": len(seen.changes), "relative_change": round(float(np.exp(-score)), 3)},
        )


def compared(one: _Look, other: _Look) -> float | str:
    """Return the logarithm of how much more the face changes than its surroundings, or why that cannot be said."""
    regions = one.regions * other.regions
    face_px, ring_px = sizes = regions.sum(1)
    if face_px < _MIN_FACE_PX or ring_px < _MIN_RING_PX:
        return "out_of_range"
    # Weighted sums over all pixels: a twentieth of the time that picking those of a region takes.
    changed = np.abs(one.bands - other.bands) @ regions.T / sizes
    if changed[:, 1].mean() < _STILL:
        return "nothing_moves"
    contrast = (one.contrast + other.contrast) @ regions.T / (2 * sizes)
    face, ring = np.log((changed + _FLOOR) / (contrast + _FLOOR)).mean(0)
    return float(face - ring)


def _moved_px(one: _Look, other: _Look) -> float:
    """How far the landmarks that move most have moved within the crop."""
    return float(np.percentile(np.linalg.norm(one.landmarks - other.landmarks, axis=1), 90))


def _look(sample: FaceSample) -> _Look:
    face, ring = face_and_ring(sample.crop_landmarks, face=_FACE, ring=_RING)
    shown = ~beyond_picture(sample.crop_rgb[::2, ::2])
    regions = np.stack([(region[::2, ::2] & shown).ravel() for region in (face, ring)])
    detail = bands(sample.crop_rgb).reshape(len(_WINDOWS_PX), -1)
    return _Look(sample.time_s, detail, np.abs(detail), regions.astype(np.float32), sample.crop_landmarks)


def bands(crop_rgb: npt.NDArray[np.uint8]) -> Bands:
    """Return the differences between (256, 256, 3) `crop_rgb` at half its size and its means over 3, 7 and 15 px."""
    grey = np.asarray(Image.fromarray(crop_rgb).convert("L").convert("F").reduce(2), np.float32)
    steps = [grey, *_means(grey)]
    return np.stack([finer - coarser for finer, coarser in pairwise(steps)])


def _means(image: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    """The means over squares of each window: Pillow's have whole grey levels only, and the finest band has few."""
    reach, size = max(_WINDOWS_PX) // 2, image.shape[0]
    padded = np.pad(image, reach, mode="edge").cumsum(0, dtype=np.float64).cumsum(1)
    sums = np.zeros((size + 2 * reach + 1, size + 2 * reach + 1))
    sums[1:, 1:] = padded
    for window in _WINDOWS_PX:
        first = reach - window // 2
        low, high = slice(first, first + size), slice(first + window, first + window + size)
        total = sums[high, high] - sums[low, high] - sums[high, low] + sums[low, low]
        yield np.asarray(total / window**2, np.float32)
