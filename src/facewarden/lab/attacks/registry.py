"""The attacks by name; a module is imported when its attack is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from facewarden.errors import UsageError
from facewarden.lab.attacks.protocol import Attack, axes

_HOMES = {
    "autoencoder": "autoencoder:Autoencoder",
    "one_photo": "live_swap:OnePhoto",
    "self_blend": "own_face:SelfBlend",
    "resample_core": "own_face:ResampleCore",
    "neural_resample": "neural_resample:NeuralResample",
    "whole_image": "whole_image:WholeImage",
    "enhancer": "own_face:Enhancer",
    "lip_region": "own_face:LipRegion",
    "replay": "replay:Replay",
    "evade": "evade:Evade",
}
NAMES = tuple(_HOMES)
IN_MEMORY = ("one_photo", "self_blend", "resample_core", "enhancer", "lip_region")
"""Those that forge one stored face at once, for training and measuring: the others train a generator for each
forgery, ask the detector itself, or change no face."""


def attack_class(name: str) -> type[Attack]:
    """Return the dataclass of an attack. Raises UsageError for an unknown name."""
    if name not in _HOMES:
        raise UsageError(f"attack must be one of {', '.join(NAMES)}, but got {name!r}.")
    module, _, attribute = _HOMES[name].partition(":")
    found: type[Attack] = getattr(importlib.import_module(f"facewarden.lab.attacks.{module}"), attribute)
    return found


def make(name: str, parameters: Mapping[str, Any] | None = None) -> Attack:
    """Make an attack; words such as ``"128"`` or ``"true"`` become what the parameter is.

    Raises:
        UsageError: an unknown attack or parameter, or a value that is none or out of range.
    """
    kind = attack_class(name)
    given = dict(parameters or {})
    known = axes(kind)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise UsageError(
            f"{name} has no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none at all'}."
        )
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"{name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}.") from error


def parse_settings(settings: Iterable[str]) -> dict[str, str]:
    """Read ``name=value`` words. Raises UsageError for another form, or a name given twice."""
    parsed: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or not name:
            raise UsageError(f"Write settings as name=value, but got {setting!r}.")
        if name in parsed:
            raise UsageError(f"{name} is set twice.")
        parsed[name] = value
    return parsed


def described(name: str) -> list[tuple[str, str, str]]:
    """(parameter, default, what it changes and how far) of an attack."""
    rows = []
    for field_name, (field, axis) in axes(attack_class(name)).items():
        extent = ", ".join(axis.choices)
        if axis.low is not None and axis.high is not None:
            extent = f"{axis.low:g}..{axis.high:g}"
        rows.append((field_name, str(field.default), f"{axis.label}{f' ({extent})' if extent else ''}"))
    return rows
