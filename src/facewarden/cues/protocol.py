"""The protocol of a cue: one module for one kind of evidence.

A cue of faces is opened once for each file. Samples flow past it in batches, in the order of time, from all
tracks together (so a network can batch them); when a track has ended, the cue says its word. Nothing in a
cue may keep pictures beyond a bounded few. Third parties add cues through the entry point group
``facewarden.cues``; each entry names a callable without arguments that returns a `Cue`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from facewarden.cues.reading import Reading
from facewarden.faces.track import FaceSample, FaceTrack
from facewarden.media.facts import MediaFacts


@dataclass(frozen=True, slots=True)
class Needs:
    """What a cue asks for.

    Attributes:
        photos, clips: which media it can judge at all.
        samples_per_s: how often it wants to see each track; 0 takes whatever the pipeline has.
        embeddings: whether the track's identity embeddings must be computed.
    """

    photos: bool = True
    clips: bool = True
    samples_per_s: float = 0.0
    embeddings: bool = False


@runtime_checkable
class Session(Protocol):
    """A cue at work on one file."""

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Take in samples of any tracks, in the order of time."""

    def conclude(self, track: FaceTrack) -> Reading:
        """Say the word on a track that has ended; forget what was held of it."""


@runtime_checkable
class Cue(Protocol):
    """One kind of evidence about faces."""

    name: str
    needs: Needs

    def open(self, facts: MediaFacts) -> Session:
        """Begin with a file."""


@runtime_checkable
class FileCue(Protocol):
    """One kind of evidence about the file itself."""

    name: str

    def examine(self, path: Path, facts: MediaFacts) -> Reading:
        """Look at the file; must not decode it in this process."""
