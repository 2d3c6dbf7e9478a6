"""Lists as files: read within bounds, with errors that say which file it is."""

from __future__ import annotations

from pathlib import Path

from facewarden.errors import UsageError
from facewarden.matching.exchange import Signal, read
from facewarden.matching.exchange import signal as bounds


def read_file(name: str, path: Path) -> list[Signal]:
    """The signals in a file of the format `name`. Raises UsageError: it cannot be read, or is no such list."""
    try:
        with path.open("rb") as file:
            # No more than what a list may have, and a byte by which `read` sees that it goes on.
            data = file.read(bounds.MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        return read(name, data)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
