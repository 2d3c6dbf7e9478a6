"""What a watch spends of the lookups that a store of people allows: one for each file, before its check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.outbound.gate import Gate, host_names
from facewarden.protect.allowance import Allowance
from facewarden.protect.matcher import PeopleMatcher
from facewarden.protect.store import opened
from facewarden.report.model import Report
from facewarden.watch import state as states
from facewarden.watch.judging import Enrolled, Judge
from facewarden.watch.session import run
from facewarden.watch.stopping import Stopping
from tests.outbound.servers import serving
from tests.protect.making import KEY as PEOPLE_KEY
from tests.protect.making import Clock, make
from tests.watch.desk import Desk, digests
from tests.watch.standing import StandIn, picture
from tests.watch.test_feeds import Site

BURST = 3


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(tmp_path: Path, clock: Clock) -> Path:
    return make(tmp_path / "people", clock=clock, allowance=Allowance(burst=BURST, per_hour=60))


@pytest.fixture
def limited(desk: Desk, people: Path, clock: Clock) -> Iterator[Desk]:
    """A desk that knows the people of a store."""
    with PeopleMatcher(people, PEOPLE_KEY, clock=clock) as matcher:
        desk.knows = Enrolled(matcher)
        yield desk


def left(people: Path, clock: Clock) -> int:
    with opened(people, PEOPLE_KEY, clock=clock) as store:
        return int(store.allowance.tokens)


def all_are_due(desk: Desk) -> None:
    with states.opened(desk.state / "state.sqlite") as state:
        state.connection.execute("UPDATE item SET due_s = 0")


def test_what_may_not_be_looked_up_is_not_checked_until_it_may(
    limited: Desk, people: Path, clock: Clock
) -> None:
    for n in range(BURST + 2):
        limited.put(f"{n}.jpg", picture("weak", n))
    ran = limited.once()
    assert (ran.whole, ran.tallies.judged) == (False, BURST)
    assert len(limited.checker.checked) == BURST
    all_are_due(limited)
    assert limited.once().tallies.judged == 0
    assert len(limited.checker.checked) == BURST
    clock.move(minutes=2)
    all_are_due(limited)
    ran = limited.once()
    assert (ran.whole, ran.tallies.judged, ran.tallies.aside) == (True, 2, 0)
    # Each once, with one lookup each, and nothing is lost.
    assert len(limited.checker.checked) == len(set(limited.checker.checked)) == BURST + 2
    assert set(digests(limited.journal()).values()) == {1}
    assert left(people, clock) == 0


def test_a_check_that_is_broken_off_costs_no_lookup(desk: Desk, people: Path, clock: Clock) -> None:
    desk.put("a.jpg", picture("weak"))
    stopping = Stopping()

    class Asked(StandIn):
        def check(self, path: Path, *, name: str | None = None) -> Report:
            stopping.ask()
            raise AssertionError("it was not broken off")

    with PeopleMatcher(people, PEOPLE_KEY, clock=clock) as matcher:
        ran = run(desk.orders(), Judge(Asked(), Enrolled(matcher)), stopping=stopping, witness=desk.notes)
    assert (ran.whole, ran.tallies.judged) == (False, 0)
    assert left(people, clock) == BURST
    with PeopleMatcher(people, PEOPLE_KEY, clock=clock) as matcher:
        desk.knows = Enrolled(matcher)
        assert desk.once().tallies.judged == 1
    assert left(people, clock) == BURST - 1


def test_nothing_is_fetched_that_may_not_be_looked_up(limited: Desk, clock: Clock) -> None:
    site = Site()
    for n in range(BURST):
        limited.put(f"{n}.jpg", picture("weak", n))
    assert limited.once().tallies.judged == BURST
    with serving(site) as port:
        site.base = f"http://127.0.0.1:{port}"
        feeds = {
            "feeds": (f"{site.base}/json",),
            "gate": Gate(host_names([f"127.0.0.1:{port}"]), private=True),
        }
        assert not limited.once(**feeds).whole
        assert "/b.jpg" not in site.asked
        clock.move(minutes=1)
        all_are_due(limited)
        assert limited.once(**feeds).tallies.judged == 1
        assert site.asked.count("/b.jpg") == 1
