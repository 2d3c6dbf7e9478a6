"""MD5 and SHA-256 of a file: the exact hashes that lists of others hold beside PDQ."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import MediaError
from facewarden.media.limits import Limits
from facewarden.media.refusal import Refusal, media_error
from facewarden.media.source import CHUNK_BYTES, open_source


@dataclass(frozen=True, slots=True)
class Digests:
    """Of one file, lower-case hex. MD5 is here because lists use it; it proves nothing, SHA-256 does."""

    md5: str
    sha256: str


def digests_of(path: Path, limits: Limits = Limits()) -> Digests:  # noqa: B008 - frozen
    """Read a regular file once and hash it. Raises MediaError where it cannot be read or is too large."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    try:
        with open_source(path, limits) as source, open(source.descriptor, "rb", closefd=False) as file:
            while chunk := file.read(CHUNK_BYTES):
                md5.update(chunk)
                sha256.update(chunk)
    except Refusal as refusal:
        raise media_error(refusal) from refusal
    except OSError as error:
        raise MediaError(
            f"{path} could not be read: {error.strerror or error}.", reason="not_readable"
        ) from error
    return Digests(md5.hexdigest(), sha256.hexdigest())
