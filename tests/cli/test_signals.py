from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from facewarden.cli.signals import Interrupted, ended_by_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_become_an_exception(signum: int, code: int) -> None:
    before = signal.signal(signum, signal.SIG_DFL)
    try:
        with pytest.raises(Interrupted) as stop, ended_by_signals():
            signal.raise_signal(signum)
        assert stop.value.exit_code == code
        assert stop.value.by_person == (signum == signal.SIGINT)
        assert signal.getsignal(signum) == signal.SIG_DFL
    finally:
        signal.signal(signum, before)


def test_it_is_not_an_error_that_a_handler_may_swallow() -> None:
    assert not issubclass(Interrupted, Exception)


@contextlib.contextmanager
def tidying(tidy: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        tidy()


def test_an_impatient_second_signal_does_not_disturb_the_tidying_up() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tidied = []

    def tidy() -> None:
        signal.raise_signal(signal.SIGTERM)
        tidied.append(True)

    try:
        with pytest.raises(Interrupted), ended_by_signals(), tidying(tidy):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert tidied == [True]


def test_ignored_signals_stay_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
