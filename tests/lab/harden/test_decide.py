"""Promotion needs every target better and nothing worse; every other outcome is a refusal with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.lab.harden.decide import choose, nothing_missed
from tests.lab.harden.records import comparison, of, target

ALARMS = {"subject": "genuine", "measure": "false_alarms"}
SPAN = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)).map(sorted)


def test_better_on_the_target_and_nowhere_worse_is_promoted() -> None:
    decision = choose([of("trained", target(0.02, 0.1), comparison("dfdc", low=-0.05, high=0.01))])
    assert (decision.decision, decision.chosen) == ("promoted", "trained")
    assert decision.reasons == [
        "trained: enhancer, target: better, AUC 0.7500 -> 0.8100 (+0.0600 [+0.0200, +0.1000])"
    ]


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([comparison("dfdc", low=-0.09, high=-0.01)], "dfdc, kept: worse, AUC 0.7500 -> 0.7000"),
        (
            [comparison(low=0.01, high=0.03, outcome="worse", **ALARMS)],
            "genuine, kept: worse, false alarms",
        ),
        ([target(-0.01, 0.2)], "enhancer, target: not told apart"),
        ([target(-0.2, -0.1)], "enhancer, target: worse"),
        ([target(0.1, 0.2).model_copy(update={"outcome": "cannot be told"})], "target: cannot be told"),
    ],
)
def test_one_failure_is_enough_to_refuse(others: list[object], why: str) -> None:
    decision = choose([of("trained", target(0.1, 0.3), *others)])  # type: ignore[arg-type]
    assert (decision.decision, decision.chosen) == ("refused", None)
    assert len(decision.reasons) == 1
    assert why in decision.reasons[0]


def test_without_a_target_nothing_is_promoted() -> None:
    assert choose([of("trained", comparison(low=0.1, high=0.2))]).decision == "refused"


def test_of_those_that_pass_the_one_that_gained_most_is_chosen() -> None:
    worse = comparison("dfdc", low=-0.2, high=-0.1)
    candidates = [of("a", target(0.1, 0.3)), of("b", target(0.2, 0.4)), of("c", target(0.4, 0.6), worse)]
    assert choose(candidates).chosen == "b"


def test_where_nothing_is_missed_there_is_nothing_to_promote() -> None:
    decision = nothing_missed(["attack:enhancer", "live"])
    assert decision.decision == "refused"
    assert "attack:enhancer, live" in decision.reasons[0]


@given(gain=SPAN, kept=st.lists(SPAN, max_size=3))
def test_the_rule(gain: list[float], kept: list[list[float]]) -> None:
    """Promoted if and only if the target's interval lies above 0 and no other lies below it."""
    comparisons = [target(*gain), *(comparison(f"m{n}", low=a, high=b) for n, (a, b) in enumerate(kept))]
    promoted = choose([of("one", *comparisons)]).decision == "promoted"
    assert promoted == (gain[0] > 0 and all(high >= 0 for _, high in kept))
