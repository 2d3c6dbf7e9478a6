"""Laws of acting: what was planned is done, nothing else, and once, whatever dies in between."""

from __future__ import annotations

import ast
import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import facewarden.acting
from facewarden.acting.hands import Listing
from facewarden.acting.isolating import Isolating, VaultTakes
from facewarden.acting.ledger import Ledger
from facewarden.acting.lines import Lines
from facewarden.acting.matter import Matter, matter_of
from facewarden.acting.outcome import Ended, Outcome
from facewarden.acting.performing import Performer
from facewarden.acting.steps import Kind, Step, plan
from facewarden.policy.decision import decide
from facewarden.policy.facts import Facts
from facewarden.policy.rules import Policy
from facewarden.vault import destruction, vault
from tests.acting.making import Remembers, ledger, matter
from tests.policy.arbitrary import FACTS, POLICIES
from tests.vault.making import KEY, make

FILE = Path("/srv/inbox/a.jpg")


def decided(policy: Policy, facts: Facts, *, sha256: str = "ab" * 32) -> tuple[tuple[Step, ...], Matter]:
    decision = decide(policy, facts)
    about = matter_of(decision, facts, file="file", sha256=sha256, size=9, name=str(FILE), at="2026")
    return plan(decision), about


@given(POLICIES, FACTS)
def test_a_real_run_does_what_a_dry_run_says(policy: Policy, facts: Facts) -> None:
    planned, about = decided(policy, facts)
    hand = Remembers()
    performer = Performer(dict.fromkeys(Kind, hand), ledger())
    performed = performer.perform(planned, about, FILE)
    assert tuple(one.step for one in performed) == planned
    assert [step for _, step in hand.did] == list(map(str, planned)) == list(about.steps)
    # And again, as after a restart: nothing is left to be done.
    assert performer.perform(planned, about, FILE) == performed
    assert len(hand.did) == len(planned)


class DiedError(BaseException):
    """The process died."""


class Dying(Ledger):
    """A ledger in a process that dies before, or just after, its n-th entry."""

    def __init__(self, alive: Ledger, point: int) -> None:
        super().__init__(alive._connection)
        self._left = point

    def begin(self, key: str, step: str, mark: str) -> None:
        self._pass()
        super().begin(key, step, mark)
        self._pass()

    def end(self, key: str, step: str, outcome: Outcome) -> None:
        self._pass()
        super().end(key, step, outcome)
        self._pass()

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise DiedError


@given(POLICIES, FACTS, st.lists(st.integers(1, 12), max_size=6))
def test_whatever_dies_each_step_is_done_once(policy: Policy, facts: Facts, deaths: list[int]) -> None:
    planned, about = decided(policy, facts)
    hand, kept = Remembers(), ledger()
    hands = dict.fromkeys(Kind, hand)
    for point in deaths:
        try:
            Performer(hands, Dying(kept, point)).perform(planned, about, FILE)
        except DiedError:
            continue
    performed = Performer(hands, kept).perform(planned, about, FILE)
    assert tuple(one.step for one in performed) == planned
    assert sorted(hand.did) == sorted((about.key, str(step)) for step in planned)


class OnlyTakes:
    """The vault as the performer may see it: whatever else is asked of it is a fault."""

    def __init__(self) -> None:
        self.taken_in: list[str] = []

    def take(
        self,
        path: Path,
        *,
        sha256: str,
        reason: str,
        about: Mapping[str, Any],
        destroy_after: dt.date | None = None,
        report: bytes | None = None,
    ) -> str:
        self.taken_in.append(about["key"])
        return "FW-2026-000001"

    def taken(self, key: str) -> str | None:
        return "FW-2026-000001" if key in self.taken_in else None

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a rule reached {name}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(POLICIES, FACTS)
def test_no_rules_reach_more_of_the_vault_than_taking_in(
    tmp_path: Path, policy: Policy, facts: Facts
) -> None:
    planned, about = decided(policy, facts)
    takes = OnlyTakes()
    lines = Listing(Lines(tmp_path / "lines"), "any")
    hands = {
        **dict.fromkeys(Kind, Remembers()),
        **dict.fromkeys((Kind.NOTE, Kind.WARN, Kind.ESCALATE), lines),
        **dict.fromkeys((Kind.HOLD, Kind.QUARANTINE), Isolating(takes)),
    }
    Performer(hands, ledger()).perform(planned, about, FILE)
    isolating = {Kind.HOLD, Kind.QUARANTINE} & {step.kind for step in planned}
    assert takes.taken_in == [about.key] * len(isolating)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(POLICIES, FACTS)
def test_after_any_rules_a_person_can_have_every_file_back(
    tmp_path_factory: pytest.TempPathFactory, policy: Policy, facts: Facts
) -> None:
    root = tmp_path_factory.mktemp("run")
    home, path, content = make(root / "vault"), root / "a.jpg", b"\xff\xd8\xff a picture"
    path.write_bytes(content)
    import hashlib

    planned, about = decided(policy, facts, sha256=hashlib.sha256(content).hexdigest())
    hands = {
        **dict.fromkeys(Kind, Remembers()),
        **dict.fromkeys((Kind.HOLD, Kind.QUARANTINE), Isolating(VaultTakes(home, KEY, actor="watch"))),
    }
    performed = Performer(hands, ledger()).perform(planned, about, path)
    assert {one.outcome.ended for one in performed} <= {Ended.DONE}
    assert vault.faults_of(home, KEY) == ()
    with vault.opened(home, KEY) as opened:
        for case in opened.cases():
            assert case.state.held
            opened.restore(case.number, actor="ann", reason="back")
    assert path.read_bytes() == content
    shutil.rmtree(root)


def test_the_code_that_acts_names_nothing_that_destroys() -> None:
    """The words by which files and evidence end; `restore` is among what undoes, not among these."""
    ends = {"destroy", "unlink", "rmtree", "rmdir", "discard", "truncate", "withdraw", "keep_until"}
    assert callable(destruction.destroy)  # the word is still the right one
    for module in Path(facewarden.acting.__file__).parent.glob("*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not named & ends, module.name


def test_what_failed_is_done_again_only_where_that_may_help() -> None:
    hand = Remembers(outcome=Outcome(Ended.FAILED, "full", again=True))
    about, kept = matter("note"), ledger()
    performer = Performer({Kind.NOTE: hand}, kept)
    steps = (Step(Kind.NOTE),)
    for _ in range(3):
        (performed,) = performer.perform(steps, about, FILE)
    assert (performed.outcome.detail, len(hand.did)) == ("full", 3)
    hand.outcome = replace(hand.outcome, again=False)
    performer.perform(steps, about, FILE)
    performer.perform(steps, about, FILE)
    assert len(hand.did) == 4


def test_one_step_that_fails_does_not_keep_the_others() -> None:
    bad, good = Remembers(outcome=Outcome(Ended.FAILED)), Remembers()
    performed = Performer({Kind.NOTE: bad, Kind.ESCALATE: good}, ledger()).perform(
        (Step(Kind.NOTE), Step(Kind.ESCALATE)), matter("note", "escalate"), FILE
    )
    assert [one.outcome.ended for one in performed] == [Ended.FAILED, Ended.DONE]
