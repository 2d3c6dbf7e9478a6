"""Facewarden: which faces of a photo or a clip were swapped, when, where, how sure, and why.

    >>> import facewarden
    >>> report = facewarden.check("examples/genuine.jpg")
    >>> report.level.value
    'no_sign'

Everything heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facewarden.checker import Checker, check
    from facewarden.cues.protocol import Cue
    from facewarden.cues.reading import Reading
    from facewarden.errors import FacewardenError
    from facewarden.faces.track import FaceTrack
    from facewarden.media.limits import Limits
    from facewarden.report.across import across_files
    from facewarden.report.model import Level, Report

__version__ = "0.1.0"

_HOMES = {
    "Checker": "facewarden.checker",
    "Cue": "facewarden.cues.protocol",
    "FaceTrack": "facewarden.faces.track",
    "FacewardenError": "facewarden.errors",
    "Level": "facewarden.report.model",
    "Limits": "facewarden.media.limits",
    "Reading": "facewarden.cues.reading",
    "Report": "facewarden.report.model",
    "across_files": "facewarden.report.across",
    "check": "facewarden.checker",
}

__all__ = [
    "Checker",
    "Cue",
    "FaceTrack",
    "FacewardenError",
    "Level",
    "Limits",
    "Reading",
    "Report",
    "across_files",
    "check",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
