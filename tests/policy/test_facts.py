"""Facts out of reports."""

from __future__ import annotations

import fabricated
from facewarden.policy.facts import Match, facts_of
from facewarden.report.model import Level


def test_a_report_says_what_rules_may_ask() -> None:
    for report in fabricated.folder("en"):
        facts = facts_of(report, match=Match.REVIEW, people=["Anna"], source="inbox")
        assert (facts.level, facts.abstained, facts.media) == (report.level, report.abstained, report.media)
        assert facts.failed == (report.error is not None)
        assert facts.faces == len(report.faces)
        assert (facts.match, facts.people, facts.source) == (Match.REVIEW, ("Anna",), "inbox")
        voted = [c for face in report.faces for c in face.cues if c.log_likelihood_ratio is not None]
        assert set(facts.cues) == {cue.cue for cue in voted}
        for cue in voted:
            assert facts.cues[cue.cue] >= (cue.log_likelihood_ratio or 0)


def test_tiers_and_levels_are_ordered() -> None:
    assert [match.rank for match in (Match.NONE, Match.REVIEW, Match.CONFIRMED)] == [0, 1, 2]
    assert Level.INCONCLUSIVE.rank < Level.NO_SIGN.rank
