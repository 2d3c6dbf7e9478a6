"""Is the inner face softer, sharper or differently resampled than what surrounds it?

The energy of three octaves of detail (1, 2 and 4 px) is compared between the inner face (brows to mouth) and a
ring around the face (hair, ears, neck, jaw line). A core regenerated from few pixels lacks the finest octave
there; an over-sharpened one has too much of it. An explanation more than a classifier: make-up, focus and beauty
filters do the same to genuine faces, so it never votes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from facewarden.cues.fitness import main_reason, unfit
from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Moment, Reading
from facewarden.cues.regions import Region, beyond_picture, face_and_ring
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message

NAME = "resolution_mismatch"
_MIN_RING_PX = 2500
_APART_S = 0.9
"""Samples of a track that come sooner are passed over: sharpness changes slowly, and measuring it costs 4 ms."""

# Mean and spread of (inner - ring) log-energy differences, finest octave against the next and that against the
# third: measured on 1,012 genuine faces of nine sources (none of them used for a verdict).
GENUINE_FINE = (-0.15, 0.25)
GENUINE_MIDDLE = (-0.015, 0.14)
_UNUSUAL = 2.3
"""Spreads from the genuine mean from which on a difference is called unusual: about 1 genuine face in 50."""

Signature = npt.NDArray[np.float64]
"""(2,) differences inner - ring: log fine/middle energy, log middle/coarse energy."""


class ResolutionMismatch:
    """The cue; needs no model."""

    name = NAME
    needs = Needs(samples_per_s=1.0)

    def open(self, facts: MediaFacts) -> MismatchSession:
        """Begin with a file."""
        return MismatchSession()


class MismatchSession:
    """The cue at work on one file."""

    def __init__(self) -> None:
        self._signatures: dict[int, list[tuple[float, Signature]]] = defaultdict(list)
        self._unfit: dict[int, Counter[str]] = defaultdict(Counter)

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Measure each fit sample, about one a second of each track."""
        for sample in samples:
            measured_before = self._signatures[sample.track]
            if measured_before and sample.time_s - measured_before[-1][0] < _APART_S:
                continue
            reason = unfit(sample)
            if reason is None and sample.crop_scale > 2.0:
                reason = "too_small"
            measured = signature(sample.crop_rgb, sample.crop_landmarks) if reason is None else None
            if measured is None:
                self._unfit[sample.track][reason or "out_of_range"] += 1
            else:
                self._signatures[sample.track].append((sample.time_s, measured))

    def conclude(self, track: FaceTrack) -> Reading:
        """Compare the track's median signature with what genuine faces show."""
        measured = self._signatures.pop(track.number, [])
        reasons = self._unfit.pop(track.number, Counter())
        if not measured:
            return Reading.abstention(NAME, main_reason(reasons))
        fine, middle = np.median([s for _, s in measured], axis=0)
        z_fine = (fine - GENUINE_FINE[0]) / GENUINE_FINE[1]
        z_middle = (middle - GENUINE_MIDDLE[0]) / GENUINE_MIDDLE[1]
        return Reading(
            cue=NAME,
            score=float(max(abs(z_fine), abs(z_middle))),
            sentence=Message(f"cue.{NAME}.{_outcome(z_fine, z_middle)}"),
            series=tuple(Moment(t, _height(s)) for t, s in measured),
            facts={"fine_z": round(float(z_fine), 2), "middle_z": round(float(z_middle), 2)},
        )


def signature(crop_rgb: npt.NDArray[np.uint8], landmarks: npt.NDArray[np.float32]) -> Signature | None:
    """Measure one aligned crop; None where too little of the face's surroundings is in the picture."""
    inner, ring = _regions(landmarks, crop_rgb)
    if ring.sum() < _MIN_RING_PX or inner.sum() < _MIN_RING_PX:
        return None
    grey = Image.fromarray(crop_rgb).convert("L")
    steps = [np.asarray(grey, np.float32)]
    steps += [
        np.asarray(grey.filter(ImageFilter.GaussianBlur(sigma)), np.float32) for sigma in (0.8, 1.6, 3.2)
    ]
    octaves = [np.abs(a - b) for a, b in pairwise(steps)]
    within, around = (
        np.log([octave[region].mean() + 0.05 for octave in octaves]) for region in (inner, ring)
    )
    return np.diff(around) - np.diff(within)


def _regions(landmarks: npt.NDArray[np.float32], crop_rgb: npt.NDArray[np.uint8]) -> tuple[Region, Region]:
    inner, ring = face_and_ring(landmarks, face=0.72, ring=(1.06, 1.5))
    missing = Image.fromarray(beyond_picture(crop_rgb))
    # Seven pixels in from the border of the picture, where the blur of the third octave still sees it.
    # A box blur of ones and zeros is above zero where a maximum filter would be one, at a hundredth of the cost.
    shown = np.asarray(missing.convert("L").filter(ImageFilter.BoxBlur(7))) == 0
    return inner & shown, ring & shown


def _outcome(z_fine: float, z_middle: float) -> str:
    if z_fine < -_UNUSUAL and z_middle > -1:
        return "resampled"
    if min(z_fine, z_middle) < -_UNUSUAL:
        return "softer"
    if max(z_fine, z_middle) > _UNUSUAL:
        return "sharper"
    return "even"


def _height(measured: Signature) -> float:
    """A signature as a height for the lane: 0 as genuine faces are on average, 1 at six spreads from it."""
    z_fine = (measured[0] - GENUINE_FINE[0]) / GENUINE_FINE[1]
    z_middle = (measured[1] - GENUINE_MIDDLE[0]) / GENUINE_MIDDLE[1]
    return float(min(1.0, max(abs(z_fine), abs(z_middle)) / 6))
