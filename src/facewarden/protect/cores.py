"""No memory images of a process that holds a key, templates or frames."""

from __future__ import annotations

import contextlib
import sys


def without_core_dumps() -> None:
    """Let this process leave no core file when it crashes. For programs, not for libraries: it holds to the end."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
