"""Kinds of values on the command line: time zones, and moments with their zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import click


class Zone(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    """A time zone by its name, such as Asia/Seoul."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.tzinfo:
        if isinstance(value, dt.tzinfo):
            return value
        try:
            return zoneinfo.ZoneInfo(str(value))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone. Use a name such as Asia/Seoul.", param, ctx)


class Moment(click.ParamType):  # type: ignore[type-arg]
    """A moment in ISO 8601 with its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            found = dt.datetime.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail(f"{value!r} is no time with its zone. Write it as 2026-11-26T21:05+09:00.", param, ctx)
        return found
