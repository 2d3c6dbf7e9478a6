"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test of ours depends on how busy the machine is.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

# Nor on which model whoever runs them has chosen: there is no such folder.
os.environ["FACEWARDEN_MODELS"] = "/nonexistent/facewarden-models"

# Nor on whether it runs in the background, for which shells have Ctrl-C ignored, here and in all that is started.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def ordinary_priority() -> Iterator[None]:
    """SVT-AV1, which encodes some test media, makes root's threads real-time ones, and these starve all others."""
    yield
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
