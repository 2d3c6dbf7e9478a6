"""Limits that the decoding process puts on itself before it looks at the file.

Linux: memory, processor time, no file may grow, few descriptors, no core dump, no new privileges, death with
the parent. macOS: what `setrlimit` accepts. Windows has none: only the border between processes protects.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

MAX_DESCRIPTORS = 48


def confine(*, memory_bytes: int, cpu_s: int, max_cpu_s: int, parent_pid: int) -> None:
    """Give up what a decoder does not need. Call once, after the imports.

    Args:
        memory_bytes: address space.
        cpu_s: processor seconds until SIGXCPU; `extend_cpu` may raise it up to `max_cpu_s`.
        parent_pid: the process whose death must end this one.
    """
    if sys.platform == "linux":
        _die_with_parent(parent_pid)
    if sys.platform == "win32":
        return
    import resource

    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, MAX_DESCRIPTORS, MAX_DESCRIPTORS),
        # The hard limit kills without a name; a little later, so that SIGXCPU comes first and tells why.
        (resource.RLIMIT_CPU, cpu_s, max_cpu_s + 5),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
    ):
        # macOS refuses some of them, and a hard limit of the caller may be lower already: keep that one.
        with contextlib.suppress(ValueError, OSError):
            present = resource.getrlimit(what)[1]
            if present != resource.RLIM_INFINITY:
                soft, hard = min(soft, present), min(hard, present)
            resource.setrlimit(what, (soft, hard))


def extend_cpu(cpu_s: int) -> None:
    """Raise the soft limit of processor seconds (never above the hard one)."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        wanted = cpu_s if hard == resource.RLIM_INFINITY else min(cpu_s, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def _die_with_parent(parent_pid: int) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    set_parent_death_signal, set_no_new_privileges = 1, 38
    libc.prctl(set_parent_death_signal, int(signal.SIGKILL), 0, 0, 0)
    libc.prctl(set_no_new_privileges, 1, 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent died before the signal was armed.
        os._exit(1)
