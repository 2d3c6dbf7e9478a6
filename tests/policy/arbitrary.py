"""Any rules and any facts, for laws that hold of all."""

from __future__ import annotations

from hypothesis import strategies as st

from facewarden.policy.facts import Facts, Match
from facewarden.policy.rules import (
    Command,
    Copies,
    Forecast,
    PersonForecast,
    PersonSpread,
    Policy,
    Rule,
    Webhook,
    When,
)
from facewarden.policy.spread import Sighting, Spread
from facewarden.report.model import Level

_maybe = st.one_of(st.none(), st.booleans())
_names = st.sampled_from(["a", "b", "c"])
_some = st.one_of(st.none(), st.lists(_names, min_size=1).map(tuple))
_spreads = st.lists(st.builds(Sighting, st.floats(0, 7200), _names), max_size=5).map(
    lambda seen: Spread(tuple(seen))
)
_base = st.builds(
    When,
    level=st.sampled_from([None, "weak", "likely", "very_likely"]),
    level_is=st.sampled_from([None, *Level]),
    abstained=_maybe,
    failed=_maybe,
    media=st.sampled_from([None, "photo", "clip"]),
    lab_marked=_maybe,
    cue=st.one_of(st.none(), st.dictionaries(_names, st.floats(-3, 3), max_size=2)),
    faces=st.one_of(st.none(), st.integers(0, 3)),
    match=st.sampled_from([None, "review", "confirmed"]),
    swap_lead=_maybe,
    person=st.one_of(st.none(), st.just("any"), st.lists(_names, min_size=1).map(tuple)),
    source=st.one_of(st.none(), st.sampled_from([("*",), ("a*", "b"), ("[ab]",)])),
    spread=st.one_of(
        st.none(),
        st.builds(Copies, copies=st.integers(1, 4), sources=st.integers(1, 3), within=st.just("1h")),
    ),
    forecast=st.one_of(
        st.none(),
        st.builds(Forecast, copies=st.integers(1, 9), within=st.just("1h"), probability=st.floats(0, 1)),
    ),
    person_spread=st.one_of(
        st.none(),
        st.builds(
            PersonSpread,
            person=_some,
            files=st.integers(1, 4),
            sources=st.integers(1, 3),
            within=st.just("1h"),
        ),
    ),
    person_forecast=st.one_of(
        st.none(),
        st.builds(
            PersonForecast,
            person=_some,
            files=st.integers(1, 9),
            within=st.just("1h"),
            probability=st.floats(0, 1),
        ),
    ),
)
WHENS = st.recursive(
    _base,
    lambda inner: st.one_of(
        st.builds(When, any=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(lambda one: When(not_=one), inner),
    ),
    max_leaves=4,
)
ACTIONS = st.one_of(
    st.sampled_from(["note", "warn", "hold", "quarantine", "escalate"]),
    st.builds(Webhook, webhook=_names),
    st.builds(Command, command=_names),
)
_rules = st.lists(st.tuples(WHENS, st.lists(ACTIONS, min_size=1, max_size=4), st.booleans()), max_size=5).map(
    lambda parts: tuple(
        Rule(name=f"rule {n}", when=when, then=tuple(then), stop=stop)
        for n, (when, then, stop) in enumerate(parts)
    )
)
POLICIES = st.builds(Policy, version=st.just(1), rules=_rules)
FACTS = st.builds(
    Facts,
    level=st.sampled_from(list(Level)),
    abstained=st.booleans(),
    failed=st.booleans(),
    media=st.sampled_from([None, "photo", "clip"]),
    lab_marked=st.booleans(),
    cues=st.dictionaries(_names, st.floats(-3, 3), max_size=3),
    faces=st.integers(0, 4),
    match=st.sampled_from(list(Match)),
    swap_lead=st.booleans(),
    people=st.lists(_names, max_size=2).map(tuple),
    source=st.sampled_from(["", "a", "ab", "c"]),
    people_spread=st.lists(_spreads, max_size=2).map(tuple),
    spread=_spreads,
)
