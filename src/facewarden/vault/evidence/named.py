"""Reports that a person names: what ``facewarden check --json`` wrote, by the files that they are on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from facewarden.errors import UsageError

MOST_BYTES = 64 << 20
_AS_WRITTEN = re.compile(rb'\{"path":"(?:[^"\\]|\\.)*","sha256":"(?P<sha256>[0-9a-f]{64})",')
"""How a report begins, so that ``verify.sh`` can read the digest without a reader of JSON."""


def named_reports(path: Path) -> dict[str, bytes]:
    """Each report in the file `path`, as one line, by the SHA-256 of the file that it is on; the last one counts.

    What is on no single file, such as the line on what several have in common, is passed over.

    Raises:
        UsageError: it cannot be read, or holds no report.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The report {path} cannot be read: {error.strerror or error}.") from error
    found = {}
    for line in _objects(content, path):
        if (start := _AS_WRITTEN.match(line)) is not None:
            found[start["sha256"].decode()] = line
    if not found:
        raise UsageError(f"{path} is no report on a file. Make one with: facewarden check --json FILE.")
    return found


def report_on(sha256: str, path: Path) -> bytes:
    """The report in the file `path` that is on the file with this SHA-256.

    Raises:
        UsageError: there is none, or `path` cannot be read.
    """
    found = named_reports(path).get(sha256)
    if found is None:
        raise UsageError(
            f"{path} holds no report on the file of this case. Name the one that was made of this very file."
        )
    return found


def _objects(content: bytes, path: Path) -> list[bytes]:
    if len(content) > MOST_BYTES:
        raise UsageError(f"The report {path} is larger than {MOST_BYTES >> 20} MiB, which none is.")
    try:
        return [_line(json.loads(content), content)]
    except (ValueError, RecursionError):
        pass
    try:
        return [_line(json.loads(line), line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is no report in JSON. Make one with: facewarden check --json FILE."
        ) from error


def _line(said: Any, written: bytes) -> bytes:
    """The very bytes that were written where they are one line, else the same on one."""
    line = written.strip()
    return line if b"\n" not in line else json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
