"""The bucket lets through what it was filled with, and no clock or deleted file fills it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import RateLimitedError, TamperedError, UsageError
from facewarden.protect.allowance import Allowance
from facewarden.protect.layout import Layout
from facewarden.protect.registry import Registry
from facewarden.protect.store import opened
from tests.protect.making import KEY, Clock, make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    return make(tmp_path / "people", clock=clock, allowance=Allowance(burst=10, per_hour=60))


def test_what_is_used_up_flows_in_again(folder: Path, clock: Clock) -> None:
    registry = Registry.load(folder, KEY, clock=clock)
    assert registry.spend(8) == 8
    assert registry.spend(8) == 2
    with pytest.raises(RateLimitedError, match="10 at once, 60 an hour") as caught:
        registry.spend()
    assert caught.value.reason == "rate_limited"
    assert caught.value.retry_s == pytest.approx(60)
    clock.move(seconds=59)
    with pytest.raises(RateLimitedError):
        registry.spend()
    clock.move(seconds=1)
    assert registry.spend() == 1
    clock.move(days=30)
    assert registry.spend(1000) == 10


def test_it_outlives_the_process_and_the_clock(folder: Path, clock: Clock) -> None:
    Registry.load(folder, KEY, clock=clock).spend(10)
    clock.move(days=-3)
    again = Registry.load(folder, KEY, clock=clock)
    with pytest.raises(RateLimitedError):
        again.spend()
    Layout(folder).allowance.unlink()
    with pytest.raises(TamperedError, match=r"allowance\.sealed"):
        again.spend()


def test_what_was_not_used_goes_back(folder: Path, clock: Clock) -> None:
    registry = Registry.load(folder, KEY, clock=clock)
    registry.spend(10)
    registry.settle(unused=4, files=6)
    assert registry.spend(10) == 4
    with opened(folder, KEY, clock=clock) as store:
        last = list(store.events())[-1]
    assert (last.action, last.count, last.person) == ("matched", 6, None)


def test_the_rule_can_be_changed(folder: Path, clock: Clock) -> None:
    with opened(folder, KEY, clock=clock) as store:
        changed = store.set_allowance(burst=500, per_hour=100)
        assert (changed.burst, changed.per_hour, changed.tokens) == (500, 100, 10)
        with pytest.raises(UsageError, match="between 1 and"):
            store.set_allowance(burst=0, per_hour=1)
        with pytest.raises(UsageError, match="between 1 and"):
            store.set_allowance(burst=1, per_hour=float("nan"))
        assert store.allowance == changed


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.integers(1, 20)), max_size=30))
def test_never_more_than_flowed_in(steps: list[tuple[float, int]]) -> None:
    bucket, now, forward, used = Allowance(burst=20, per_hour=3600, tokens=20), 0.0, 0.0, 0
    for step, wanted in steps:
        now += step
        forward += max(step, 0.0)
        bucket = bucket.now(now)
        taken = min(wanted, int(bucket.tokens))
        bucket = bucket.model_copy(update={"tokens": bucket.tokens - taken})
        used += taken
        assert used <= 20 + forward + 1e-6
