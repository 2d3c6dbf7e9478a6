"""``facewarden policy``: what the rules would do with what a check found, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.policy.decision import Decision, Outcome
    from facewarden.policy.rules import Action
    from facewarden.policy.sightings import Sighted
    from facewarden.report.model import Report

_MOST_LINE = 64 << 20
"""Bytes of one report; those of long clips have some megabytes."""


@click.group("policy")
def policy_group() -> None:
    """Try rules on reports. Nothing is done to any file here.

    Rules are YAML (docs/policy.md). Where no file is named, the rules of the package are used.
    """


@policy_group.command("test", short_help="Explain what the rules would do with a report.")
@click.argument("report", type=click.File("rb"))
@click.option("--policy", type=click.Path(path_type=Path, dir_okay=False), help="YAML file with the rules.")
@click.option(
    "--match",
    type=click.Choice(["none", "review", "confirmed"]),
    default="none",
    show_default=True,
    help="As if a copy of enrolled material had been found.",
)
@click.option("--swap-lead", is_flag=True, help="As if only the face differed from enrolled material.")
@click.option("--person", multiple=True, metavar="NAME", help="As if this person were seen; may be repeated.")
@click.option("--source", default="", help="As if it came from there.")
@click.option(
    "--seen",
    multiple=True,
    metavar="TIME,SOURCE",
    help="As if a copy had been seen then and there, such as 2026-11-26T12:00Z,chat/class-1; may be repeated.",
)
@click.option(
    "--seen-person",
    nargs=2,
    multiple=True,
    metavar="NAME TIME,SOURCE",
    help="As if a file that shows this person had been seen then and there; may be repeated.",
)
@click.option(
    "--sightings",
    type=click.Path(path_type=Path, dir_okay=False),
    help='File of what was seen, each line as {"time": "2026-11-26T12:00Z", "source": "chat/class-1"} for a copy, '
    'with "person": "NAME" for a file that shows this person.',
)
@click.option(
    "--now", metavar="TIME", help="As if it were asked then.  [default: when the last copy was seen]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each report.")
def test_command(
    *,
    report: BinaryIO,
    policy: Path | None,
    match: str,
    swap_lead: bool,
    person: tuple[str, ...],
    source: str,
    seen: tuple[str, ...],
    seen_person: tuple[tuple[str, str], ...],
    sightings: Path | None,
    now: str | None,
    as_json: bool,
) -> None:
    """Say which rules fire for each report in REPORT, and why; - reads from standard input.

    REPORT is what facewarden check --json wrote. For rules about spread and forecast say with --seen or --sightings
    when copies were seen, the one of the report included; for rules about person_spread and person_forecast say with
    --seen-person or --sightings when files were seen that show each --person.
    """
    from facewarden.cli.streams import StandardOutput
    from facewarden.policy.decision import decide
    from facewarden.policy.facts import Match, facts_of
    from facewarden.policy.reading import read_policy
    from facewarden.policy.sightings import moment_s
    from facewarden.report.wording import visible

    rules, out = read_policy(policy), StandardOutput(language="en")
    sighted = _sighted(seen, seen_person, sightings)
    now_s = moment_s(now) if now is not None else None
    for one in _reports(report):
        facts = facts_of(
            one,
            match=Match(match),
            swap_lead=swap_lead,
            people=person,
            people_spread=[sighted.spread(each, now_s) for each in person],
            source=source,
            spread=sighted.spread(None, now_s),
        )
        decision = decide(rules, facts)
        if as_json:
            out.write(json.dumps(_plain(one, decision), ensure_ascii=False) + "\n")
        else:
            out.write("".join(f"{visible(line)}\n" for line in _lines(one, decision)))


@policy_group.command("show", short_help="Print rules, checked.")
@click.argument("policy", required=False, type=click.Path(path_type=Path, dir_okay=False))
def show_command(*, policy: Path | None) -> None:
    """Read POLICY (the rules of the package where none is named) and print its rules in order."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.policy.reading import read_policy
    from facewarden.report.wording import visible

    out = StandardOutput(language="en")
    for rule in read_policy(policy).rules:
        stop = ", then stop" if rule.stop else ""
        out.write(visible(f"{rule.name}: {', '.join(map(_named, rule.then))}{stop}") + "\n")


def _sighted(seen: tuple[str, ...], people: tuple[tuple[str, str], ...], file: Path | None) -> Sighted:
    from facewarden.policy.sightings import Sighted, read_sightings, sighting_of

    found = Sighted()
    for each in seen:
        found.add(None, sighting_of(each))
    for name, each in people:
        found.add(name, sighting_of(each))
    for person, sighting in read_sightings(file) if file is not None else ():
        found.add(person, sighting)
    return found


def _reports(file: BinaryIO) -> Iterator[Report]:
    from pydantic import ValidationError

    from facewarden.report.jsonl import is_of_several
    from facewarden.report.model import Report

    number = 0
    while line := file.readline(_MOST_LINE + 1):
        number += 1
        if len(line) > _MOST_LINE:
            raise UsageError(f"Line {number} is longer than {_MOST_LINE >> 20} MiB, which no report is.")
        if line.strip() and not is_of_several(line):
            try:
                yield Report.model_validate_json(line)
            except ValidationError as error:
                raise UsageError(
                    f"Line {number} is no report of facewarden check --json: {error.errors()[0]['msg']}."
                ) from error
    if not number:
        raise UsageError("There is no report in it; write one with: facewarden check --json FILE.")


def _lines(report: Report, decision: Decision) -> Iterator[str]:
    from facewarden.policy.duration import written_duration

    yield f"{report.path}: {', '.join(map(_named, decision.actions)) or 'nothing'}"
    if decision.retain_s is not None:
        yield f"  in the vault it is due to be destroyed after {written_duration(decision.retain_s)}"
    for outcome in decision.outcomes:
        yield f"  {'+' if outcome.fired else '-'} {outcome.rule}{_ending(outcome)}"
        for test in outcome.tested:
            yield f"      {test.condition}: {test.found} ({'' if test.holds else 'not '}{test.wanted})"


def _ending(outcome: Outcome) -> str:
    if outcome.fired:
        return f": {', '.join(map(_named, outcome.actions))}"
    return "" if outcome.reached else ": not asked, a rule before it stopped"


def _named(action: Action) -> str:
    if isinstance(action, str):
        return action
    ((kind, name),) = action.model_dump().items()
    return f"{kind} {name}"


def _plain(report: Report, decision: Decision) -> dict[str, Any]:
    return {
        "path": report.path,
        "sha256": report.sha256,
        "actions": [_named(action) for action in decision.actions],
        "retain_s": decision.retain_s,
        "rules": [
            {
                "rule": outcome.rule,
                "fired": outcome.fired,
                "reached": outcome.reached,
                "conditions": [
                    {"condition": t.condition, "wanted": t.wanted, "found": t.found, "holds": t.holds}
                    for t in outcome.tested
                ],
            }
            for outcome in decision.outcomes
        ],
    }
