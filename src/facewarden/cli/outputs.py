"""Output files: begun before the work, complete when it is done, absent when it is not."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO, Self

from facewarden.cli.streams import OutputError


class OutputFile:
    """A file that appears under its name only when it is complete.

    Written beside its place and renamed by `commit`; without it, leaving the `with` block removes every trace.
    Where the name is a device or a pipe, it is written to directly.

    Raises:
        OutputError: at once where the place cannot be written, later where there is no room left.
    """

    def __init__(self, path: Path, *, language: str) -> None:
        self.path = path
        self._language = language
        # A link stays a link: what it points to is replaced.
        self._place = Path(os.path.realpath(path))
        self._part: Path | None = None
        try:
            self._file = self._open()
        except OSError as error:
            raise self._error(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, text: str) -> None:
        """Append text as UTF-8."""
        try:
            self._file.write(text.encode("utf-8"))
        except OSError as error:
            raise self._error(error) from error

    def finish(self) -> None:
        """Bring everything to the disk; what fails here still leaves the old file in place."""
        if self._file.closed:
            return
        try:
            self._file.flush()
            if self._part is not None:
                os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise self._error(error) from error

    def commit(self) -> None:
        """Let the finished file appear under its name."""
        self.finish()
        if self._part is not None:
            try:
                self._part.replace(self._place)
            except OSError as error:
                raise self._error(error) from error
            self._part = None

    def discard(self) -> None:
        """Remove what was not committed. Never raises."""
        with contextlib.suppress(OSError, ValueError):
            self._file.close()
        if self._part is not None:
            with contextlib.suppress(OSError):
                self._part.unlink()
            self._part = None

    def _open(self) -> BinaryIO:
        mode = None
        with contextlib.suppress(FileNotFoundError):
            mode = self._place.stat().st_mode
        if mode is not None and not stat.S_ISREG(mode):
            # Opened without O_CREAT; a folder answers here that it is one.
            return os.fdopen(os.open(self._place, os.O_WRONLY), "wb", buffering=0)
        if mode is not None and not os.access(self._place, os.W_OK):
            raise PermissionError(13, os.strerror(13))
        part = self._place.with_name(f".{self._place.name[:100]}.{secrets.token_hex(4)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(part, flags, 0o666)
        self._part = part
        if mode is not None and os.name == "posix":
            os.fchmod(descriptor, stat.S_IMODE(mode))
        return os.fdopen(descriptor, "wb")

    def _error(self, error: OSError) -> OutputError:
        from facewarden.report.wording import visible

        return OutputError.of(visible(str(self.path)), error, self._language)
