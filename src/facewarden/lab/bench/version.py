"""Versions of detectors that change when anything changes that could change a score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import facewarden

_PACKAGE = Path(facewarden.__path__[0])


def code_version(*rooms: str, files: Iterable[Path] = ()) -> str:
    """Return 12 hex digits over all files of the named rooms (such as ``faces``) and over `files`."""
    digest = hashlib.sha256()
    for room in rooms:
        folder = _PACKAGE / room
        found = [folder.with_suffix(".py")] if not folder.is_dir() else folder.rglob("*")
        for path in sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + _content(path))
    for path in sorted(files):
        digest.update(path.name.encode() + _content(path))
    return digest.hexdigest()[:12]


def rooms_besides(*left_out: str) -> tuple[str, ...]:
    """Return the names of all rooms and modules of the package but `left_out`."""
    names = {path.stem if path.suffix == ".py" else path.name for path in _PACKAGE.iterdir()}
    return tuple(sorted(name for name in names - set(left_out) if not name.startswith(("__", "py."))))


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
