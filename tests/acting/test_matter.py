"""What is known of a file, and what of it may leave the machine."""

from __future__ import annotations

import json

import pytest

from facewarden.acting.matter import Matter
from facewarden.policy.rules import Action
from tests.acting.making import ANNA, matter


def test_names_people_and_sources_stay_unless_they_are_asked_for() -> None:
    about = matter("quarantine", "escalate")
    told = json.dumps(about.told())
    for secret in ("secret name", ANNA, "chat/class-1"):
        assert secret not in told
    assert about.told()["steps"] == ["quarantine", "escalate"]
    assert about.told(["people"])["people"] == [ANNA]
    assert about.told(["people"])["people_of_a_day"] == {ANNA: {"files": 2, "sources": 1}}
    assert "people_of_a_day" not in about.told(["name", "source"])
    # Names outlive what a store forgets: they are written nowhere.
    assert "Anna" not in about.model_dump_json()
    assert "name" not in about.told(["people", "source"])
    assert about.told(["name"])["name"] == about.name


def test_a_key_is_that_of_one_file_and_one_decision() -> None:
    keys = {
        matter("note").key,
        matter("note", "hold").key,
        matter("note", file="another").key,
        matter("note", sha256="cd" * 32).key,
    }
    assert len(keys) == 4
    assert matter("note").key == matter("note").key


def test_it_comes_back_as_it_was_written() -> None:
    about = matter("quarantine")
    assert Matter.model_validate_json(about.model_dump_json()) == about
    # What a former version left in its state counted nothing for people.
    former = json.dumps({k: v for k, v in about.model_dump(mode="json").items() if k != "people_of_a_day"})
    assert Matter.model_validate_json(former).people_of_a_day == {}


@pytest.mark.parametrize(("action", "kept"), [("quarantine", True), ("hold", True), ("escalate", False)])
def test_the_report_is_for_the_vault_alone(action: Action, kept: bool) -> None:
    about = matter(action, report="{}")
    assert about.report == ("{}" if kept else None)
    assert "report" not in about.told(["people", "source", "name"])


@pytest.mark.parametrize(("retain", "day"), [(None, None), ("90d", "2026-05-30"), ("36500d", "2126-02-05")])
def test_the_day_from_which_on_it_is_due(retain: str | None, day: str | None) -> None:
    assert matter("quarantine", retain=retain).told()["destroy_after"] == day
    assert matter("escalate", retain=retain).told()["destroy_after"] is None
