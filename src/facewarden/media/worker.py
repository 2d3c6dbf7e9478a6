"""The decoding process: takes one order from stdin, limits itself, runs one job, answers through its pipe.

Started as a fresh interpreter by `facewarden.media.child`; imports only what its job needs.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from facewarden.media.confinement import confine
from facewarden.media.refusal import Refusal
from facewarden.media.wire import Kind, Outlet

OUT_OF_MEMORY_EXIT = 77
JOB_NAME = re.compile(r"facewarden(\.[A-Za-z_][A-Za-z0-9_]*)+:[A-Za-z_][A-Za-z0-9_]*")


def main() -> None:
    """Run the order that stands on stdin and leave the process."""
    order = json.loads(sys.stdin.buffer.read())
    outlet = _take_over_descriptors()
    try:
        _run(order, outlet)
    except Refusal as refusal:
        outlet.json(Kind.REFUSED, {"reason": refusal.reason})
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except BrokenPipeError:
        # The reader has left: nobody to tell.
        os._exit(0)
    # Without the interpreter's tidying: libraries' threads and exit handlers have nothing to save here.
    os._exit(0)


def _run(order: dict[str, Any], outlet: Outlet) -> None:
    job = job_function(order["job"])
    limits = order["limits"]
    file = _open_source(order)
    confine(
        memory_bytes=int(limits["memory_bytes"]),
        cpu_s=int(limits["max_start_cpu_s"]),
        max_cpu_s=int(limits["max_start_cpu_s"] + limits["cpu_per_s"] * limits["max_duration_s"]),
        parent_pid=order["parent_pid"],
    )
    if order["streams"]:
        job(file, order["args"] | {"limits": limits}, outlet)
    else:
        outlet.json(Kind.RESULT, job(file, order["args"]))


def job_function(name: str) -> Any:
    """Return the function named ``facewarden.module:function``; ValueError for any other name."""
    if not JOB_NAME.fullmatch(name):
        raise ValueError(f"job must be 'facewarden.module:function', but got {name!r}")
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _open_source(order: dict[str, Any]) -> Any:
    if order["descriptor"] is not None:
        return os.fdopen(order["descriptor"], "rb")
    return Path(order["path"]).open("rb") if order["path"] is not None else None


def _take_over_descriptors() -> Outlet:
    # Libraries may print to stdout and stderr; the pipe is moved away so that they cannot garble it.
    pipe = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if null > 2:
        os.close(null)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(pipe, os.O_BINARY)
    return Outlet(pipe)
