"""What rules decide, and that every word of the explanation is true."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given

from facewarden.errors import UsageError
from facewarden.policy.decision import decide
from facewarden.policy.facts import Facts, Match
from facewarden.policy.reading import parse_policy, read_policy
from facewarden.policy.rules import Action, Policy, Rule, Step, When
from facewarden.policy.spread import Sighting, Spread
from facewarden.report.model import Level
from tests.policy.arbitrary import FACTS, POLICIES, WHENS

BUSY = Spread(tuple(Sighting(60.0 * n, f"room {n % 3}") for n in range(12)))


def fires(when: dict[str, object], facts: Facts) -> bool:
    policy = Policy(version=1, rules=(Rule(name="one", when=When.model_validate(when), then=("note",)),))
    return bool(decide(policy, facts).fired)


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        ({"level": "likely"}, {"level": Level.VERY_LIKELY}, {"level": Level.WEAK}),
        ({"level": "weak"}, {"level": Level.WEAK}, {"level": Level.INCONCLUSIVE}),
        ({"level_is": "no_sign"}, {"level": Level.NO_SIGN}, {"level": Level.WEAK}),
        ({"abstained": True}, {"abstained": True}, {"abstained": False}),
        ({"failed": False}, {"failed": False}, {"failed": True}),
        ({"media": "clip"}, {"media": "clip"}, {"media": None}),
        ({"lab_marked": True}, {"lab_marked": True}, {}),
        ({"cue": {"frame_forgery": 2}}, {"cues": {"frame_forgery": 2.0}}, {"cues": {"frame_forgery": 1.9}}),
        ({"cue": {"frame_forgery": -9}}, {"cues": {"frame_forgery": -3.0}}, {"cues": {}}),
        ({"faces": 2}, {"faces": 2}, {"faces": 1}),
        ({"match": "review"}, {"match": Match.CONFIRMED}, {"match": Match.NONE}),
        ({"match": "confirmed"}, {"match": Match.CONFIRMED}, {"match": Match.REVIEW}),
        ({"swap_lead": True}, {"swap_lead": True}, {}),
        ({"person": "any"}, {"people": ("Ben",)}, {}),
        ({"person": ["Anna", "Ben"]}, {"people": ("Ben",)}, {"people": ("Cem",)}),
        ({"source": ["chat/*", "mail"]}, {"source": "chat/7"}, {"source": "web"}),
        ({"spread": {"copies": 12, "within": "1h"}}, {"spread": BUSY}, {"spread": Spread()}),
        (
            {"spread": {"copies": 6, "within": "5m"}},
            {"spread": BUSY},
            {"spread": replace(BUSY, now_s=3600.0)},
        ),
        (
            {"spread": {"sources": 3, "within": "1h"}},
            {"spread": BUSY},
            {"spread": Spread((Sighting(0),) * 9)},
        ),
        ({"forecast": {"copies": 5, "within": "1h"}}, {"spread": BUSY}, {}),
        (
            {"person_spread": {"files": 12, "sources": 3, "within": "1h"}},
            {"people": ("Ben", "Cem"), "people_spread": (Spread(), BUSY)},
            {"people": ("Ben", "Cem"), "people_spread": (Spread(), Spread()), "spread": BUSY},
        ),
        (
            {"person_spread": {"person": ["Cem"], "files": 12, "within": "1h"}},
            {"people": ("Ben", "Cem"), "people_spread": (Spread(), BUSY)},
            {"people": ("Ben", "Cem"), "people_spread": (BUSY, Spread())},
        ),
        (
            {"person_spread": {"person": ["c0"], "within": "1h"}},
            {"people": ("Cem",), "people_ids": ("c0",), "people_spread": (BUSY,)},
            {"people": ("Cem",), "people_ids": ("c1",), "people_spread": (BUSY,)},
        ),
        (
            {"person_forecast": {"files": 5, "within": "1h"}},
            {"people": ("Cem",), "people_spread": (BUSY,)},
            {"people": ("Cem",), "spread": BUSY},
        ),
        ({"any": [{"faces": 3}, {"abstained": True}]}, {"abstained": True}, {"faces": 2}),
        ({"not": {"faces": 1, "media": "clip"}}, {"faces": 1}, {"faces": 1, "media": "clip"}),
        ({"level": "weak", "faces": 1}, {"level": Level.WEAK, "faces": 1}, {"level": Level.WEAK}),
    ],
)
def test_a_condition_holds_where_it_should(
    when: dict[str, object], yes: dict[str, object], no: dict[str, object]
) -> None:
    nothing = Facts(Level.NO_SIGN)
    assert fires(when, replace(nothing, **yes))
    assert not fires(when, replace(nothing, **no))


def test_actions_are_united_in_order_and_stop_stops() -> None:
    policy = parse_policy(
        """
version: 1
rules:
  - {name: first, then: [escalate, {command: page}, note]}
  - {name: never, when: {failed: true}, then: [quarantine], stop: true}
  - {name: second, then: [hold, note, {command: page}], stop: true}
  - {name: late, then: [quarantine]}
""",
        origin="rules",
    )
    decision = decide(policy, Facts(Level.NO_SIGN))
    assert [getattr(action, "command", action) for action in decision.actions] == [
        "note",
        "hold",
        "escalate",
        "page",
    ]
    assert decision.fired == ("first", "second")
    assert [outcome.reached for outcome in decision.outcomes] == [True, True, True, False]


@given(FACTS)
def test_by_default_what_was_not_judged_goes_to_a_person(facts: Facts) -> None:
    actions = decide(read_policy(), facts).actions
    unjudged = facts.abstained or facts.failed or facts.level is Level.INCONCLUSIVE
    if unjudged:
        assert {"hold", "quarantine"} & set(actions)
    if facts.match is Match.CONFIRMED:
        assert {"quarantine", "escalate"} <= set(actions)


@given(FACTS)
def test_by_default_how_people_spread_is_a_reason_to_look_and_nothing_else(facts: Facts) -> None:
    """Nothing is taken or held because somebody is seen often: the rule about people only adds to the list."""
    policy = read_policy()
    by_people = [rule for rule in policy.rules if rule.when.person_spread or rule.when.person_forecast]
    assert [rule.then for rule in by_people] == [("escalate",)]
    without = policy.model_copy(
        update={"rules": tuple(rule for rule in policy.rules if rule not in by_people)}
    )
    more, fewer = decide(policy, facts), decide(without, facts)
    assert set(more.actions) - set(fewer.actions) <= {"escalate"}
    assert set(fewer.actions) <= set(more.actions)
    assert more.retain_s == fewer.retain_s


@given(POLICIES, FACTS)
def test_an_explanation_is_the_decision(policy: Policy, facts: Facts) -> None:
    decision = decide(policy, facts)
    assert decision == decide(policy, facts)
    stopped = False
    promised: list[Action] = []
    for rule, outcome in zip(policy.rules, decision.outcomes, strict=True):
        assert (outcome.rule, outcome.reached) == (rule.name, not stopped)
        if outcome.reached:
            assert outcome.fired == all(test.holds for test in outcome.tested)
        assert outcome.actions == (rule.then if outcome.fired else ())
        promised += outcome.actions
        stopped = stopped or (outcome.fired and rule.stop)
    assert set(decision.actions) == set(promised)
    assert len(decision.actions) == len(set(promised))


@given(POLICIES, FACTS)
def test_no_rules_can_destroy(policy: Policy, facts: Facts) -> None:
    for action in decide(policy, facts).actions:
        if isinstance(action, str):
            assert action in get_args(Step)
        else:
            # A name only: where it leads is not said in rules.
            assert list(action.model_dump()) in (["webhook"], ["command"])
    assert not any("destroy" in step or "delete" in step for step in get_args(Step))


@given(WHENS, FACTS)
def test_not_is_the_contrary(when: When, facts: Facts) -> None:
    def holds(condition: When) -> bool:
        policy = Policy(version=1, rules=(Rule(name="one", when=condition, then=("note",)),))
        return bool(decide(policy, facts).fired)

    assert holds(When(not_=when)) != holds(when)
    assert holds(When(any=(when,))) == holds(when)
    assert holds(When(any=(when, When())))


def told(when: dict[str, object], facts: Facts) -> str:
    policy = Policy(version=1, rules=(Rule(name="one", when=When.model_validate(when), then=("note",)),))
    ((outcome,),) = (decide(policy, facts).outcomes,)
    (tested,) = outcome.tested
    return f"{tested.condition}: {tested.found} ({tested.wanted})"


def test_an_explanation_tells_of_each_person_and_what_anybody_could_say() -> None:
    facts = Facts(Level.WEAK, people=("Ben", "Cem"), people_spread=(Spread(), BUSY), spread=BUSY)
    asked = {"files": 2, "sources": 2, "within": "1h"}
    assert told({"person_spread": asked}, facts) == (
        "person_spread: Ben: 0 files in 0 sources; Cem: 12 files in 3 sources "
        "(2 or more files with one person in 2 or more sources within 1h)"
    )
    assert told({"person_spread": {**asked, "person": ["Dan"]}}, facts).startswith("person_spread: nobody (")
    # 12 in the hour before, and half a copy beside: a Poisson count of 12.5.
    of_item = told({"forecast": {"copies": 12, "within": "1h"}}, facts).removeprefix("forecast: ")
    assert "; 59% if as many come as just now (" in of_item
    of_people = told({"person_forecast": {"files": 12, "within": "1h"}}, facts)
    assert of_people.startswith("person_forecast: Ben: 0%; 0 to ")
    # The same sightings, the same words.
    assert f"; Cem: {of_item.partition(' (')[0]} (12 or more files with one person within 1h" in of_people


def test_an_explanation_spells_out_any_and_not() -> None:
    weak = Facts(Level.WEAK, match=Match.REVIEW, media="photo")
    either = {"any": [{"level": "likely"}, {"match": "review", "media": "photo"}, {"media": "photo"}]}
    wanted = "one of: level likely or above | media photo and match review or better | media photo"
    assert told(either, weak) == f"any: media photo and match review | media photo ({wanted})"
    assert told(either, Facts(Level.WEAK)) == (
        f"any: level weak | media unknown and match none | media unknown ({wanted})"
    )
    assert (
        told({"not": {"match": "confirmed"}}, weak) == "not: match review (without match confirmed or better)"
    )
    assert told({"not": {"any": [{"faces": 2}, {"not": {"media": "clip"}}]}}, weak) == (
        "not: any (not (media photo)) (without any (one of: faces 2 or more | not (without media clip)))"
    )
    assert told({"any": [{}]}, weak) == "any: no condition (one of: no condition)"


@given(FACTS)
def test_a_person_is_asked_about_as_an_item_with_the_same_sightings_is(facts: Facts) -> None:
    one = replace(facts, people=("a",), people_ids=(), people_spread=(facts.spread,))
    for number in (1, 3):
        assert fires({"person_spread": {"files": number, "sources": 2, "within": "1h"}}, one) == fires(
            {"spread": {"copies": number, "sources": 2, "within": "1h"}}, one
        )
        assert fires({"person_forecast": {"files": number, "within": "1h"}}, one) == fires(
            {"forecast": {"copies": number, "within": "1h"}}, one
        )
    nobody = replace(one, people=())
    assert not fires({"person_spread": {"within": "1h"}}, nobody)
    assert not fires({"person_forecast": {"files": 1, "within": "1h", "probability": 0}}, nobody)


def rule(name: str, *then: str, retain: str | None = None, when: str = "{}") -> str:
    kept = f", retain: {retain}" if retain else ""
    return f"  - {{name: {name}, when: {when}, then: [{', '.join(then)}]{kept}}}\n"


@pytest.mark.parametrize(
    ("default", "written", "days"),
    [
        ("", rule("a", "quarantine", retain="180d"), 180),
        ("", rule("a", "quarantine"), None),
        ("retain: 90d\n", rule("a", "quarantine"), 90),
        ("retain: 90d\n", rule("a", "hold", retain="30d"), 30),
        ("retain: 90d\n", rule("a", "note"), None),
        # The longest counts, and for ever is longest.
        ("", rule("a", "quarantine", retain="30d") + rule("b", "hold", retain="2d"), 30),
        ("", rule("a", "quarantine", retain="30d") + rule("b", "hold"), None),
        ("retain: 90d\n", rule("a", "quarantine", retain="30d") + rule("b", "hold"), 90),
        # Only of those that fired and take something.
        ("", rule("a", "quarantine", retain="30d") + rule("b", "escalate"), 30),
        ("", rule("a", "hold", retain="5d") + rule("b", "quarantine", retain="30d", when="{faces: 9}"), 5),
    ],
)
def test_how_long_it_is_kept(default: str, written: str, days: int | None) -> None:
    policy = parse_policy(f"version: 1\n{default}rules:\n{written}", origin="rules")
    assert decide(policy, Facts(Level.LIKELY)).retain_s == (None if days is None else days * 86_400)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (rule("a", "note", retain="30d"), "retain is for rules that quarantine or hold"),
        (rule("a", "hold", retain="1h"), "greater than or equal to 86400"),
        (rule("a", "hold", retain="soon"), "must be a duration"),
    ],
)
def test_what_cannot_be_kept_so_long_is_said(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_policy(f"version: 1\nrules:\n{text}", origin="rules")
