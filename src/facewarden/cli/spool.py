"""Standard input as a file: kept in a private file without a name, so that nothing can be left behind."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from facewarden.cli.signals import waiting_for
from facewarden.cli.streams import OutputError
from facewarden.errors import MediaError, UsageError
from facewarden.messages import say

CHUNK_BYTES = 1 << 20


@contextlib.contextmanager
def spooled_stdin(*, max_bytes: int, language: str) -> Iterator[Path]:
    """Copy standard input to a temporary file (mode 0600) and yield a path to it.

    On Linux the file has no name from the start: it is gone with the process, even if that is killed. Elsewhere
    it lies in a folder that only the user may enter, and both are removed on leaving.

    Raises:
        MediaError: ``too_many_bytes``, found while reading; nothing beyond the limit is kept.
        UsageError: there is no standard input, or it is a keyboard.
        OutputError: there is no room for it.
    """
    stream = sys.stdin
    if stream is None or stream.isatty():
        raise UsageError(
            "Nothing arrives on standard input. Pipe a file into it, or name a file instead of '-'."
        )
    with contextlib.ExitStack() as stack:
        if Path("/proc/self/fd").is_dir():
            file = stack.enter_context(tempfile.TemporaryFile(prefix="facewarden-"))
            path = Path(f"/proc/self/fd/{file.fileno()}")
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facewarden-")))
            path = folder / "stdin"
            file = stack.enter_context(path.open("w+b"))
        size_bytes = 0
        for chunk in _arriving(stream.buffer):
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise MediaError(say("error.too_many_bytes"), reason="too_many_bytes")
            try:
                file.write(chunk)
            except OSError as error:
                raise OutputError.of(tempfile.gettempdir(), error, language) from error
        try:
            file.flush()
        except OSError as error:
            raise OutputError.of(tempfile.gettempdir(), error, language) from error
        yield path


def _arriving(stream: BinaryIO) -> Iterator[bytes]:
    try:
        descriptor = stream.fileno()
    except OSError:  # a stream of this process's memory
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")
        return
    with waiting_for(descriptor) as wait:
        wait()
        while chunk := os.read(descriptor, CHUNK_BYTES):
            yield chunk
            wait()
