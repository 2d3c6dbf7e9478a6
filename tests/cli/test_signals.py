from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from facewarden.cli.signals import Interrupted, ended_by_signals, waiting_for

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


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


@contextlib.contextmanager
def soon(act: Callable[[], object]) -> Iterator[None]:
    def later() -> None:
        time.sleep(0.1)
        act()

    thread = threading.Thread(target=later)
    thread.start()
    yield
    thread.join()


def test_a_signal_that_interrupts_no_call_ends_the_waiting(pipe: tuple[int, int]) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def noted_by_another_thread() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    try:
        with (
            soon(noted_by_another_thread),
            pytest.raises(Interrupted),
            ended_by_signals(),
            waiting_for(pipe[0]) as wait,
        ):
            wait()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_that_is_let_pass_does_not(pipe: tuple[int, int]) -> None:
    came = []
    before = signal.signal(signal.SIGHUP, lambda number, _: came.append(number))

    def signal_then_data() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGHUP)
        time.sleep(0.1)
        os.write(pipe[1], b"data")

    try:
        with soon(signal_then_data), waiting_for(pipe[0]) as wait:
            wait()
            assert came == [signal.SIGHUP]
            assert os.read(pipe[0], 9) == b"data"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_waiting_in_another_thread_is_left_to_the_read(pipe: tuple[int, int]) -> None:
    passed = []

    def waits() -> None:
        with waiting_for(pipe[0]) as wait:
            wait()
            passed.append(True)

    thread = threading.Thread(target=waits)
    thread.start()
    thread.join()
    assert passed == [True]
