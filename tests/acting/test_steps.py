"""From decisions to steps."""

from __future__ import annotations

from hypothesis import given

from facewarden.acting.steps import Kind, Step, names, plan, steps_of
from facewarden.policy.decision import decide
from facewarden.policy.facts import Facts
from facewarden.policy.reading import parse_policy
from facewarden.policy.rules import Policy
from tests.policy.arbitrary import FACTS, POLICIES


def test_in_a_fixed_order_and_isolated_before_anybody_is_told() -> None:
    policy = parse_policy(
        """
version: 1
rules:
  - {name: a, then: [{command: page}, {webhook: desk}, escalate, hold]}
  - {name: b, then: [quarantine, warn, note, {webhook: chief}, {webhook: desk}]}
""",
        origin="rules",
    )
    steps = plan(decide(policy, Facts.__new__(Facts)))
    assert names(steps) == (
        "note", "warn", "quarantine", "escalate", "webhook desk", "webhook chief", "command page",
    )  # fmt: skip
    assert Step(Kind.HOLD) in steps_of(policy)
    assert len(steps_of(policy)) == 8


@given(POLICIES, FACTS)
def test_steps_are_what_was_decided_each_once(policy: Policy, facts: Facts) -> None:
    decision = decide(policy, facts)
    steps = plan(decision)
    wanted = {
        action if isinstance(action, str) else " ".join(*action.model_dump().items())
        for action in decision.actions
    }
    if "quarantine" in wanted:
        wanted.discard("hold")
    assert set(names(steps)) == wanted
    assert len(steps) == len(wanted)
    assert set(steps) <= steps_of(policy)
    kinds = [list(Kind).index(step.kind) for step in steps]
    assert kinds == sorted(kinds)
    assert tuple(map(Step.read, names(steps))) == steps
