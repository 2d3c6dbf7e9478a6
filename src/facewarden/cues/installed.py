"""Cues of third parties: installed packages name them under the entry-point group ``facewarden.cues``.

They explain: a cue votes only where the calibration has a map for it, and ours has none for other people's cues.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from facewarden.cues.protocol import Cue
from facewarden.errors import UsageError

GROUP = "facewarden.cues"


def installed_cues(taken: frozenset[str] = frozenset()) -> list[Cue]:
    """Make the cue of every entry point, in the order of their names.

    Args:
        taken: names that no cue may bear.

    Raises:
        UsageError: one cannot be loaded, is no cue, or bears the name of another; nothing is left out in silence.
    """
    cues: list[Cue] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        cue = _made(entry)
        if cue.name in taken | {other.name for other in cues}:
            raise UsageError(f"{_whose(entry)} bears a name that is taken: {cue.name}. {_NEXT}")
        cues.append(cue)
    return cues


_NEXT = "Update or uninstall that package."


def _made(entry: EntryPoint) -> Cue:
    try:
        cue = entry.load()()
    except Exception as error:  # other people's code may raise anything
        kind = type(error).__name__
        raise UsageError(f"{_whose(entry)} cannot be loaded ({kind}: {error}). {_NEXT}") from error
    if not isinstance(cue, Cue):
        raise UsageError(f"{_whose(entry)} is no cue: it lacks name, needs or open(). {_NEXT}")
    return cue


def _whose(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    return f"The cue {entry.name!r} of {package}"
