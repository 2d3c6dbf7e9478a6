"""Durations as people write them in rules: ``90s``, ``15m``, ``1h``, ``2d``, ``1h30m``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WHOLE = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
_LONGEST_S = 366 * 86_400


def seconds_of(written: object) -> float:
    """The seconds that a duration has. Raises ValueError where it is none."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        raise ValueError("must be a duration such as 90s, 15m, 1h or 2d")
    if isinstance(written, str):
        parts = _WHOLE.fullmatch(written.strip())
        if parts is None or not any(parts.groups()):
            raise ValueError(f"must be a duration such as 90s, 15m, 1h or 2d, but got {written!r}")
        return float(
            sum(
                int(count) * unit
                for count, unit in zip(parts.groups(), _SECONDS.values(), strict=True)
                if count
            )
        )
    return float(written)


def written_duration(seconds: float) -> str:
    """The shortest way to write whole seconds, such as ``1h30m``."""
    left, parts = round(seconds), []
    for letter, unit in _SECONDS.items():
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"


_DAY_S = 86_400
Retention = Annotated[float, BeforeValidator(seconds_of), Field(ge=_DAY_S, le=100 * 366 * _DAY_S)]
"""How long something is kept: a day or more."""
Duration = Annotated[float, BeforeValidator(seconds_of), Field(gt=0, le=_LONGEST_S)]
