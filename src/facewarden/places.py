"""Where the user's things lie: by the XDG base directories on every system, unless a variable names a place."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs.unix import Unix

_DIRS = Unix("facewarden")


def data(name: str, variable: str) -> Path:
    """The path that the environment's `variable` names, else `name` in our part of the user's folder for data."""
    return _named(variable) or _DIRS.user_data_path / name


def state(name: str, variable: str) -> Path:
    """The path that the environment's `variable` names, else `name` in our part of the user's folder for state."""
    return _named(variable) or _DIRS.user_state_path / name


def settings(name: str) -> Path:
    """`name` in our part of the user's folder for settings."""
    return _DIRS.user_config_path / name


def _named(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named) if named else None
