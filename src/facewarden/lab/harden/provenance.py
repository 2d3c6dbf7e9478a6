"""What a record says of where it comes from: digests, versions, the time."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import facewarden
from facewarden.errors import UsageError
from facewarden.models.bundle import file_sha256
from facewarden.sealed.canonical import canonical

_PACKAGES = ("numpy", "onnx", "opencv-python-headless", "openvino", "torch")


def now() -> str:
    """UTC, ISO 8601, in seconds."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def content_sha256(content: Mapping[str, Any]) -> str:
    """Digest of a JSON object in its canonical form."""
    return hashlib.sha256(canonical(content)).hexdigest()


def demand_same(begun: Mapping[str, Any], now: Mapping[str, Any], *, what: str) -> None:
    """See that work which goes on does so with what it was begun with.

    Args:
        begun, now: the settings, the stores' digests and the like, by name; only what `now` names is compared.
        what: goes on, such as ``The round in runs/night-1``.

    Raises:
        UsageError: says what differs.
    """
    for name, present in now.items():
        past = begun.get(name)
        if past != present:
            raise UsageError(
                f"{what} was begun with other {name}{_differing(past, present)}. Go on with what it was begun with, "
                "or name another folder."
            )


def _differing(past: Any, present: Any) -> str:
    if not isinstance(past, dict) or not isinstance(present, dict):
        return ""
    names = sorted(name for name in past.keys() | present.keys() if past.get(name) != present.get(name))
    return f" ({', '.join(names)})"


def store_digests(folder: Path) -> dict[str, str]:
    """Digest of every store file of the two splits, by name. Raises UsageError where one cannot be read."""
    try:
        return {
            path.name: file_sha256(path)
            for split in ("dev", "train")
            for path in sorted(folder.glob(f"{split}-*.npz"))
        }
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}.") from error


def packages() -> dict[str, str]:
    """Versions of what the outcome depends on."""
    found = {"facewarden": facewarden.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found
