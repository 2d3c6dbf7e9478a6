"""A door for other rooms: run risky native parsing in a confined process and get JSON back."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from facewarden.media.child import started
from facewarden.media.limits import Limits
from facewarden.media.refusal import Refusal, media_error
from facewarden.media.source import open_source
from facewarden.media.wire import Kind


def run_sandboxed(
    job: str,
    args: dict[str, Any],
    *,
    path: Path | str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Any:
    """Run ``function(file, args)`` in a process of its own and return what it returns.

    The function gets the opened file (binary, None without `path`) and `args`, and returns something
    JSON-able. It may raise `facewarden.media.refusal.Refusal`; anything else that it raises, or its death,
    is ``decoder_died``.

    Args:
        job: ``facewarden.some.module:function``; only modules of this package are accepted.
        args: JSON-able.
        path: a regular file for the job to read.

    Raises:
        MediaError: the file is no readable regular file, or the process refused, died or fell silent.
        ValueError: `job` names no function of this package.
    """
    with contextlib.ExitStack() as stack:
        try:
            source = None if path is None else stack.enter_context(open_source(Path(path), limits))
            child = stack.enter_context(started(job, args, limits=limits, source=source, streams=False))
            header, value = child.receive()
            if header.kind is not Kind.RESULT:
                raise Refusal("decoder_died")
            return value
        except Refusal as refusal:
            raise media_error(refusal) from refusal
