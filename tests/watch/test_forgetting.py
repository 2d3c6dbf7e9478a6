"""Sightings of people who are let go, in the state of a watch that is not at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import StorageError, UsageError
from facewarden.sealed.sole import alone
from facewarden.watch.forgetting import forget_sightings
from facewarden.watch.state import opened
from facewarden.watch.subjects import of_material, of_person
from tests.watch.desk import Desk
from tests.watch.standing import ANNA, picture


def test_they_go_and_others_stay(desk: Desk) -> None:
    desk.put("a.jpg", picture("no_sign", "anna"))
    desk.once()
    place = desk.state / "state.sqlite"
    assert ANNA.encode() in place.read_bytes()
    forget_sightings(desk.state, {"b2" * 16})
    with opened(place) as state:
        assert state.spread(of_person(ANNA), now_s=1e12).sightings
        assert state.spread(of_material(ANNA, 1), now_s=1e12).sightings
    forget_sightings(desk.state, {ANNA})
    for path in desk.state.glob("state*"):
        assert ANNA.encode() not in path.read_bytes()
    # What was done is not done again.
    assert desk.once().tallies.judged == 0


def test_where_no_watch_was_nothing_is_made(tmp_path: Path) -> None:
    forget_sightings(tmp_path / "none", {ANNA})
    assert not (tmp_path / "none").exists()


def test_a_watch_at_work_is_left_alone_and_a_broken_state_is_said(desk: Desk) -> None:
    desk.put("a.jpg", picture("no_sign", "anna"))
    desk.once()
    with alone(desk.state), pytest.raises(UsageError, match="Another process is at work"):
        forget_sightings(desk.state, {ANNA})
    (desk.state / "state.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StorageError):
        forget_sightings(desk.state, {ANNA})
