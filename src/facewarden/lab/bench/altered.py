"""A detector asked about a file after something was done to it, both twins alike.

The altered files lie in a temporary folder of the caller's and go with it; only scores are kept, under the digest of
the file as it was and the version of the change.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from facewarden.lab.attacks.launder import Wash, washed
from facewarden.lab.bench.detector import DetailedDetector, Detector, Judgement
from facewarden.lab.bench.version import code_version
from facewarden.lab.coding import CODECS, crf_options, encoded
from facewarden.lab.dataset import sha256
from facewarden.media import open_media

_NEAR_LOSSLESS = {"crf": "8", "preset": "fast"}


class Change(Protocol):
    """Something that is done to a file. Picklable; `version` changes whenever what it writes may change.

    `label` says in a few words what is done.
    """

    @property
    def label(self) -> str: ...

    @property
    def version(self) -> str: ...

    def write(self, source: Path, stem: Path) -> Path:
        """Write the altered file beside `stem` with a suffix of its own; returns its path."""


@dataclass(frozen=True)
class Altered:
    """A detector that is shown the altered file in place of the one that it is asked about.

    Attributes:
        detector: the one that judges.
        change: what is done before.
        folder: where altered files lie; several detectors and changes may share it.
    """

    detector: Detector
    change: Change
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.detector.name}, {self.change.label}"

    @property
    def version(self) -> str:
        return f"{self.detector.version}-{self.change.version}"

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the detector's word on the altered file; raises what the detector raises."""
        altered = self._altered(path)
        if isinstance(self.detector, DetailedDetector):
            return self.detector.judge(altered)
        return Judgement(self.detector.predict(altered))

    def _altered(self, path: Path) -> Path:
        name = hashlib.sha256(f"{sha256(path)} {self.change.version}".encode()).hexdigest()
        found = next(self.folder.glob(f"{name}.*"), None)
        if found is not None:
            return found
        # Whole or not at all: another process may look for the same file.
        part = self.change.write(path, self.folder / f"part-{os.getpid()}-{name}")
        return part.replace(self.folder / f"{name}{part.suffix}")


@dataclass(frozen=True, slots=True)
class Laundry:
    """A `Change`: the steps of a laundering, once.

    A photo ends as PNG, or as the JPEG of the last step; a clip as H.264 or HEVC of the last step, else nearly
    lossless, so that nothing but the steps is added.
    """

    steps: tuple[Wash, ...]

    @property
    def label(self) -> str:
        return "+".join(step.label for step in self.steps)

    @property
    def version(self) -> str:
        return f"{self.label}-{code_version('lab/attacks/launder', 'lab/bench/altered', 'lab/coding')}"

    def write(self, source: Path, stem: Path) -> Path:
        try:
            with Image.open(source) as picture:
                image = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
        except UnidentifiedImageError:
            return self._write_clip(source, stem)
        *first, last = self.steps
        is_jpeg = last.kind == "jpeg"
        (done,) = washed([image], first if is_jpeg else self.steps)
        target = stem.with_suffix(".jpg" if is_jpeg else ".png")
        options = {"quality": last.strength, "format": "JPEG"} if is_jpeg else {"format": "PNG"}
        Image.fromarray(done).save(target, **options)
        return target

    def _write_clip(self, source: Path, stem: Path) -> Path:
        *first, last = self.steps
        with open_media(source, frames_per_s=None) as media:
            rate = Fraction(media.facts.frame_rate or 25).limit_denominator(1001)
            frames = (frame.image_rgb for frame in media.frames())
            if last.kind in CODECS:
                steps, codec, options = first, last.kind, crf_options(last.kind, last.strength)
            else:
                steps, codec, options = list(self.steps), "h264", _NEAR_LOSSLESS
            washed_frames = washed(frames, steps, frame_rate=rate)
            written = encoded(washed_frames, rate=rate, options=options, codec=codec)
        target = stem.with_suffix(".mp4")
        target.write_bytes(written)
        return target
