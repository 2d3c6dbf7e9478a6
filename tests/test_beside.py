from __future__ import annotations

import threading

import pytest

from facewarden.beside import Beside


def test_jobs_run_in_order_on_another_thread() -> None:
    beside, done = Beside("test"), []
    for number in range(40):
        beside.put(lambda number=number: done.append((number, threading.current_thread().name)))  # type: ignore[misc]
    beside.settle()
    assert [number for number, _ in done] == list(range(40))
    assert {name for _, name in done} == {"test_0"}


def test_no_work_piles_up() -> None:
    gate, beside = threading.Event(), Beside("test")
    blocked = threading.Thread(target=lambda: [beside.put(gate.wait) for _ in range(4)])  # type: ignore[arg-type]
    blocked.start()
    blocked.join(0.2)
    assert blocked.is_alive()
    gate.set()
    blocked.join(10)
    assert not blocked.is_alive()
    beside.settle()


def test_a_failure_is_raised_to_the_caller_and_what_waits_is_dropped() -> None:
    gate, beside, done = threading.Event(), Beside("test"), []

    def fail() -> None:
        gate.wait(10)
        raise ValueError("in the job")

    beside.put(fail)
    beside.put(lambda: done.append(1))
    gate.set()
    with pytest.raises(ValueError, match="in the job"):
        beside.settle()
    beside.settle()
    beside.put(lambda: done.append(2))
    beside.settle()
    assert done[-1] == 2
