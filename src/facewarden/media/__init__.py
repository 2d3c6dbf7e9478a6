"""Photos and clips from anywhere, opened safely: limits first, decoding in a process of its own.

`open_media` streams upright RGB frames, `probe` reads the facts alone, `run_sandboxed` lends the confined
process to other rooms. Nothing heavy is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facewarden.media.facts import MediaFacts, MediaKind
    from facewarden.media.frame import Frame, ImageRGB
    from facewarden.media.limits import Limits
    from facewarden.media.opening import Media, open_media, probe
    from facewarden.media.pace import Opening
    from facewarden.media.sandbox import run_sandboxed

_HOMES = {
    "Frame": "frame",
    "ImageRGB": "frame",
    "Limits": "limits",
    "Media": "opening",
    "MediaFacts": "facts",
    "MediaKind": "facts",
    "Opening": "pace",
    "open_media": "opening",
    "probe": "opening",
    "run_sandboxed": "sandbox",
}

__all__ = [
    "Frame",
    "ImageRGB",
    "Limits",
    "Media",
    "MediaFacts",
    "MediaKind",
    "Opening",
    "open_media",
    "probe",
    "run_sandboxed",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
