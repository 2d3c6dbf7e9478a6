"""How hard a check looks, and with which cues."""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.cues.frame_forgery import FrameForgery
from facewarden.cues.identity_drift import IdentityDrift
from facewarden.cues.installed import installed_cues
from facewarden.cues.protocol import Cue
from facewarden.cues.registered_identity import NAME as REGISTERED_IDENTITY
from facewarden.cues.resolution_mismatch import ResolutionMismatch
from facewarden.cues.temporal_texture import TemporalTexture


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look.

    Attributes:
        name: ``fast``, ``default`` or ``thorough``.
        frames_per_s: frames of a clip that are looked at for faces, in its first seconds (`analysis.BRISK_S`).
        later_frames_per_s: the same after that.
        samples_per_s: moments of each face that the cues judge, in its own first seconds.
        later_samples_per_s: the same after that.
        detect_every: analysed frames from one look of the detector to the next.
        identities: whether identity embeddings are computed.
    """

    name: str
    frames_per_s: float
    later_frames_per_s: float
    samples_per_s: float
    later_samples_per_s: float
    detect_every: int
    identities: bool


FAST = Effort("fast", 3.0, 3.0, 1.0, 1.0, 3, False)
DEFAULT = Effort("default", 8.0, 4.0, 8.0, 1.0, 3, True)
THOROUGH = Effort("thorough", 15.0, 15.0, 7.5, 7.5, 2, True)
EFFORTS = {effort.name: effort for effort in (FAST, DEFAULT, THOROUGH)}


def built_in_cues(effort: Effort) -> list[Cue]:
    """The cues of faces that come with the package."""
    cues: list[Cue] = [
        FrameForgery(samples_per_s=effort.samples_per_s),
        TemporalTexture(),
        ResolutionMismatch(),
    ]
    if effort.identities:
        cues.append(IdentityDrift())
    return cues


def all_cues(effort: Effort) -> list[Cue]:
    """The built-in cues and those that third parties installed; raises UsageError for one that cannot be used."""
    ours = built_in_cues(effort)
    return [*ours, *installed_cues(frozenset(cue.name for cue in ours) | {REGISTERED_IDENTITY})]
