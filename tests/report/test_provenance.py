from __future__ import annotations

from typing import Literal

import pytest

import fabricated
from facewarden.messages import LANGUAGES
from facewarden.report.model import Provenance
from facewarden.report.provenance import provenance_facts, provenance_lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_states_of_credentials_read_differently(language: str) -> None:
    states: list[Literal["none", "trusted", "untrusted", "invalid", "not_checked"]] = [
        "none", "trusted", "untrusted", "invalid", "not_checked"
    ]  # fmt: skip
    lines = {provenance_lines(Provenance(c2pa=state, declares_ai=False), language) for state in states}
    assert len(lines) == 5


def test_what_a_finding_says_is_not_repeated() -> None:
    full = Provenance(
        c2pa="invalid", declares_ai=True, lab_marked=True,
        findings=[
            fabricated.sentence("cue.provenance.c2pa_invalid"),
            fabricated.sentence("cue.provenance.declares_ai", source="trainedAlgorithmicMedia"),
            fabricated.sentence("cue.provenance.lab_mark"),
        ],
    )  # fmt: skip
    assert len(provenance_lines(full, "en")) == 3
    assert len(provenance_lines(full.model_copy(update={"findings": []}), "en")) == 3


def test_a_finding_about_credentials_replaces_the_line_on_their_state() -> None:
    unread = Provenance(
        c2pa="not_checked",
        declares_ai=False,
        findings=[fabricated.sentence("provenance.c2pa_unreadable")],
    )
    assert len(provenance_lines(unread, "en")) == 1


def test_names_from_the_file_are_made_harmless() -> None:
    facts = provenance_facts(Provenance(c2pa="untrusted", signer="A\x1b[1m", declares_ai=False), "en")
    assert facts == (("Signed by", "A\ufffd[1m"),)
