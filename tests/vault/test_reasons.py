"""Reasons of the program itself are known from what people typed."""

from __future__ import annotations

import pytest

from facewarden.cases.kinds import Kind
from facewarden.messages import LANGUAGES, catalogue
from facewarden.vault.reasons import EXCHANGED, PICTURE, by_rules, for_hashes, own

WRITTEN = [
    (by_rules("copies, forged"), "quarantine.begun"),
    (EXCHANGED, "restore.begun"),
    (PICTURE, "evidence.read"),
    *((for_hashes(kind), "evidence.read") for kind in Kind),
]


@pytest.mark.parametrize(("reason", "action"), WRITTEN)
def test_what_the_program_writes_is_known_in_every_language(reason: str, action: str) -> None:
    message = own(reason, action, by_watch=True)
    assert message is not None
    assert message.render("en") == reason
    for language in LANGUAGES:
        assert message.id in catalogue(language)
    assert len({message.render(language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("reason", "action", "by_watch"),
    [
        ("rules: of the house", "quarantine.begun", False),
        ("rules: of the house", "release.begun", True),
        (EXCHANGED, "restore.begun", False),
        (PICTURE, "restore.begun", True),
        ("asked by the family", "quarantine.begun", True),
        ("hashes for a notice (court)", "evidence.read", True),
        ("", "quarantine.done", True),
    ],
)
def test_what_people_may_have_typed_stays(reason: str, action: str, by_watch: bool) -> None:
    assert own(reason, action, by_watch=by_watch) is None
