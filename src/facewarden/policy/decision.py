"""Deciding: which rules hold for a file, why, and what is therefore to be done. Nothing is done here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from facewarden.policy import spreading
from facewarden.policy.facts import Facts
from facewarden.policy.rules import Action, Policy, Rule, When
from facewarden.policy.tested import Tested
from facewarden.report.model import Level

_ORDER = ("note", "warn", "hold", "quarantine", "escalate")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule: whether it fired, and all of its conditions. `reached` is False after a rule that stops."""

    rule: str
    fired: bool
    tested: tuple[Tested, ...] = ()
    actions: tuple[Action, ...] = ()
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done: each action once, from the mildest to the strictest, then those that reach outside.

    Attributes:
        retain_s: how long the file is kept, if it is taken into the vault; None until a person says so.
    """

    actions: tuple[Action, ...]
    outcomes: tuple[Outcome, ...]
    retain_s: float | None = None

    @property
    def fired(self) -> tuple[str, ...]:
        """The names of the rules that fired."""
        return tuple(outcome.rule for outcome in self.outcomes if outcome.fired)


def decide(policy: Policy, facts: Facts) -> Decision:
    """Ask every rule of `policy` in its order. The same rules and facts give the same decision."""
    outcomes: list[Outcome] = []
    stopped = False
    for rule in policy.rules:
        outcome = Outcome(rule.name, fired=False, reached=False) if stopped else _outcome(rule, facts)
        outcomes.append(outcome)
        stopped = stopped or (outcome.fired and rule.stop)
    return Decision(_united(outcomes), tuple(outcomes), _retained(policy, outcomes))


def _outcome(rule: Rule, facts: Facts) -> Outcome:
    tested = tuple(_tests(rule.when, facts))
    fired = all(test.holds for test in tested)
    return Outcome(rule.name, fired, tested, rule.then if fired else ())


def _united(outcomes: list[Outcome]) -> tuple[Action, ...]:
    actions = list(dict.fromkeys(action for outcome in outcomes for action in outcome.actions))
    steps = [action for action in _ORDER if action in actions]
    return (*steps, *(action for action in actions if not isinstance(action, str)))


def _retained(policy: Policy, outcomes: list[Outcome]) -> float | None:
    """The longest that one of the rules that fired and may take the file asks for."""
    taking = [
        rule for rule, outcome in zip(policy.rules, outcomes, strict=True) if outcome.fired and rule.takes
    ]
    asked = [policy.retain if rule.retain is None else rule.retain for rule in taking]
    known = [each for each in asked if each is not None]
    return max(known) if known and len(known) == len(asked) else None


def _tests(when: When, facts: Facts) -> Iterator[Tested]:
    """Each condition that `when` names."""
    for name, test in _TESTS.items():
        wanted = getattr(when, name)
        if wanted is not None:
            yield test(wanted, facts)
    for cue, least in (when.cue or {}).items():
        found = facts.cues.get(cue)
        shown = "no judgement" if found is None else f"{found:.2f}"
        yield Tested(f"cue {cue}", f"{least:g} or more", shown, found is not None and found >= least)
    if when.any is not None:
        branches = [tuple(_tests(branch, facts)) for branch in when.any]
        holding = [tested for tested in branches if all(test.holds for test in tested)]
        yield Tested(
            "any",
            f"one of: {' | '.join(map(_wanted, branches))}",
            " | ".join(map(_found, holding or branches)),
            bool(holding),
        )
    if when.not_ is not None:
        inner = tuple(_tests(when.not_, facts))
        holds = all(test.holds for test in inner)
        yield Tested("not", f"without {_wanted(inner)}", _found(inner), not holds)


def _wanted(tested: tuple[Tested, ...]) -> str:
    return " and ".join(_named(test, test.wanted) for test in tested) or "no condition"


def _found(tested: tuple[Tested, ...]) -> str:
    return " and ".join(_named(test, test.found) for test in tested) or "no condition"


def _named(test: Tested, text: str) -> str:
    """A condition within another one; in brackets what is itself made of several."""
    return f"{test.condition} ({text})" if test.condition in ("any", "not") else f"{test.condition} {text}"


def _level(wanted: str, facts: Facts) -> Tested:
    least = Level(wanted)
    return Tested("level", f"{least} or above", str(facts.level), facts.level.rank >= least.rank)


def _least_match(wanted: object, facts: Facts) -> Tested:
    tiers = {"review": 1, "confirmed": 2}
    return Tested("match", f"{wanted} or better", str(facts.match), facts.match.rank >= tiers[str(wanted)])


def _faces(wanted: int, facts: Facts) -> Tested:
    return Tested("faces", f"{wanted} or more", str(facts.faces), facts.faces >= wanted)


def _person(wanted: str | tuple[str, ...], facts: Facts) -> Tested:
    shown = ", ".join(facts.people) or "nobody"
    if isinstance(wanted, str):
        return Tested("person", "anybody enrolled", shown, bool(facts.people))
    known = {*facts.people, *facts.people_ids}
    return Tested("person", f"one of {', '.join(wanted)}", shown, bool(known.intersection(wanted)))


def _source(wanted: tuple[str, ...], facts: Facts) -> Tested:
    holds = any(fnmatchcase(facts.source, pattern) for pattern in wanted)
    return Tested("source", f"like {', '.join(wanted)}", facts.source or "unknown", holds)


def _same(name: str, wanted: object, facts: Facts, *, field: str) -> Tested:
    found = getattr(facts, field)
    return Tested(name, _said(wanted), _said(found), found == wanted)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


_TESTS: dict[str, Callable[..., Tested]] = {
    "level": _level,
    "level_is": partial(_same, "level", field="level"),
    "abstained": partial(_same, "abstained", field="abstained"),
    "failed": partial(_same, "failed", field="failed"),
    "media": partial(_same, "media", field="media"),
    "lab_marked": partial(_same, "lab_marked", field="lab_marked"),
    "faces": _faces,
    "match": _least_match,
    "swap_lead": partial(_same, "swap_lead", field="swap_lead"),
    "person": _person,
    "source": _source,
    "spread": spreading.spread,
    "forecast": spreading.forecast,
    "person_spread": spreading.person_spread,
    "person_forecast": spreading.person_forecast,
}
