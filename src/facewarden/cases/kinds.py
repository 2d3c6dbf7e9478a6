"""The kinds of notice."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """To whom a notice goes."""

    PLATFORM = "platform"
    POLICE = "police"
    SCHOOL = "school"
