"""The standard streams: data on stdout as UTF-8, words for the person on stderr, and what to do when one breaks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from facewarden.errors import FacewardenError
from facewarden.messages import say


class OutputError(FacewardenError):
    """What was found could not be written."""

    reason = "output"

    @classmethod
    def of(cls, name: str, error: OSError, language: str) -> OutputError:
        """The error for an output called `name` and what the system said."""
        what = error.strerror or type(error).__name__
        return cls(say("cli.cannot_write", language, name=name, what=what))


class ReaderLeft(Exception):  # noqa: N818 - it is no fault
    """Whoever read our output has seen enough (``| head``). Its own kind, as click would end with code 1."""


def complain(sentence: str) -> None:
    """Say one sentence on stderr, with the program's name in front."""
    tell(f"facewarden: {sentence}")


def tell(line: str) -> None:
    """Write one line on stderr; what a stranger's file name could do to a terminal is made harmless before."""
    stream = sys.stderr
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        raise ReaderLeft from None
    except OSError:
        # A full disk behind stderr must not cost the results.
        _abandon(stream)


class StandardOutput:
    """Data on stdout. Text is written as UTF-8 whatever the locale, and leaves at once."""

    def __init__(self, *, language: str) -> None:
        self._language = language
        if sys.stdout is None:
            raise OutputError(say("cli.cannot_write", language, name="stdout", what="closed"))

    def write(self, text: str) -> None:
        """Write and flush; raises OutputError, or ReaderLeft."""
        with self.guarded():
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8"))

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Whatever the block writes to ``sys.stdout`` leaves with it, or raises OutputError or ReaderLeft."""
        try:
            yield
            sys.stdout.flush()
        except BrokenPipeError:
            raise ReaderLeft from None
        except OSError as error:
            _abandon(sys.stdout)
            raise OutputError.of("stdout", error, self._language) from error


def abandon_broken_streams() -> None:
    """Flush; a stream that cannot be is tied to nothing, or Python would complain about it when it ends."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError):
                _abandon(stream)


def _abandon(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
