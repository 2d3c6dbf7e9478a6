"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import settings

from facewarden.inference import Network

# No test of ours depends on how busy the machine is.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

# Nor on which model whoever runs them has chosen: there is no such folder.
os.environ["FACEWARDEN_MODELS"] = "/nonexistent/facewarden-models"

# Nor on whether it runs in the background, for which shells have Ctrl-C ignored, here and in all that is started.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests run side by side: threads of one that wait for each other only take processors away from the others.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """Networks are compiled once in a process: hundreds of tests load the same ones, and none changes any."""
    compiled: dict[object, Any] = {}
    compile_anew = Network._compile

    def remembered(network: Network, shape: Sequence[int]) -> Any:
        found = network._path.stat()
        key = network._path, found.st_mtime_ns, found.st_size, network._threads, tuple(shape)
        if key not in compiled:
            compiled[key] = compile_anew(network, shape).get_compiled_model()
        return compiled[key].create_infer_request()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "_compile", remembered)
        yield


@pytest.fixture(autouse=True)
def ordinary_priority() -> Iterator[None]:
    """SVT-AV1, which encodes some test media, makes root's threads real-time ones, and these starve all others."""
    yield
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
