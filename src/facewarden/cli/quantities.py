"""Sizes and times as people write them: ``500MB``, ``2GiB``, ``90``, ``15m``, ``4h``."""

from __future__ import annotations

import math
import re
from typing import Any

import click

_BYTES = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
}
_SECONDS = {"": 1, "S": 1, "M": 60, "H": 3600}
_PIXELS = {"": 1, "PX": 1, "MP": 10**6}
_SHAPE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", re.ASCII)


class Quantity(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    """A number above 0 with an optional unit."""

    def __init__(self, name: str, units: dict[str, int], example: str) -> None:
        self.name = name
        self._units = units
        self._example = example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return value
        match = _SHAPE.fullmatch(value)
        unit = match[2].upper() if match else None
        number = float(match[1]) if match else 0.0
        if unit not in self._units or number <= 0 or not math.isfinite(number):
            self.fail(f"expected a number above 0 such as {self._example}, but got {value!r}.", param, ctx)
        return number * self._units[unit]


BYTES = Quantity("size", _BYTES, "500MB or 2GiB")
SECONDS = Quantity("time", _SECONDS, "90, 15m or 4h")
PIXELS = Quantity("pixels", _PIXELS, "50MP or 2073600")
