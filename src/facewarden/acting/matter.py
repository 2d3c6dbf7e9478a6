"""What is known of a file when something is done about it: the content of every line, message and case."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.acting.steps import TAKING, names, plan
from facewarden.policy.decision import Decision
from facewarden.policy.facts import Facts, Match
from facewarden.report.model import Level
from facewarden.sealed.canonical import canonical
from facewarden.vault.reasons import by_rules

_DAY_S = 86_400.0


class SeenOfADay(BaseModel):
    """How many files showed somebody in the last 24 hours, this one included, and in how many sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: int
    sources: int


class Matter(BaseModel):
    """One file and what was decided of it.

    Attributes:
        key: of this file and decision; whatever is done twice under one key is done once.
        at: time of the decision, ISO 8601, UTC.
        name: path or address of the file; None where it is not to be told.
        people: ids of enrolled people who were recognised, no names: what is written outlives what a store forgets.
        copies_of_a_day: how many copies were seen in the last 24 hours, this one included, in `sources_of_a_day`.
        people_of_a_day: the same of each of the people, by id.
        rules: that fired.
        steps: that follow.
        destroy_after: the day from which on it is due to be destroyed if the vault takes it; None for never.
        report: of the check, as JSON; only where the file may be taken into the vault, which keeps it. Nobody else is
            told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    at: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    name: str | None
    source: str
    media: Literal["photo", "clip"] | None
    level: Level
    abstained: bool
    failed: bool
    reason: str
    lab_marked: bool
    faces: int
    match: Match
    swap_lead: bool
    people: tuple[str, ...]
    copies_of_a_day: int
    sources_of_a_day: int
    people_of_a_day: dict[str, SeenOfADay] = {}
    rules: tuple[str, ...]
    steps: tuple[str, ...]
    destroy_after: dt.date | None = None
    report: str | None = Field(default=None, repr=False)

    @property
    def reason_in_words(self) -> str:
        """Why something was done, for a log."""
        return by_rules(", ".join(self.rules))[:2000]

    def told(self, also: Iterable[str] = ()) -> dict[str, Any]:
        """What may leave this machine: neither names nor people nor sources, but for those of them in `also`."""
        kept = {"report"} | ({"name", "people", "source"} - set(also))
        if "people" in kept:
            kept.add("people_of_a_day")
        return self.model_dump(mode="json", exclude=kept)


def matter_of(
    decision: Decision,
    facts: Facts,
    *,
    file: str,
    sha256: str,
    size: int,
    name: str | None,
    at: str,
    report: str | None = None,
) -> Matter:
    """Put together what is known.

    Args:
        file: tells this file from a copy of it elsewhere; it is part of the key only.
        report: of the check, as JSON; forgotten where no step takes the file anywhere.
    """
    planned = plan(decision)
    steps = names(planned)
    rules = tuple(decision.fired)
    return Matter(
        key=key_of(file, sha256, rules, steps),
        at=at,
        sha256=sha256,
        size=size,
        name=name,
        source=facts.source,
        media=facts.media,
        level=facts.level,
        abstained=facts.abstained,
        failed=facts.failed,
        reason=facts.reason,
        lab_marked=facts.lab_marked,
        faces=facts.faces,
        match=facts.match,
        swap_lead=facts.swap_lead,
        people=facts.people_ids,
        copies_of_a_day=facts.spread.copies(_DAY_S),
        sources_of_a_day=facts.spread.sources(_DAY_S),
        people_of_a_day={
            person: SeenOfADay(files=spread.copies(_DAY_S), sources=spread.sources(_DAY_S))
            for _, person, spread in facts.each_person()
            if person
        },
        rules=rules,
        steps=steps,
        destroy_after=_day_of(at, decision.retain_s),
        report=report if any(step.kind in TAKING for step in planned) else None,
    )


def _day_of(at: str, retain_s: float | None) -> dt.date | None:
    """The day, in UTC, on which `retain_s` after `at` falls."""
    if retain_s is None:
        return None
    return (dt.datetime.fromisoformat(at).astimezone(dt.UTC) + dt.timedelta(seconds=retain_s)).date()


def key_of(file: str, sha256: str, rules: Iterable[str], steps: Iterable[str]) -> str:
    """64 hex digits for one file and one decision."""
    content = {"file": file, "rules": list(rules), "sha256": sha256, "steps": list(steps)}
    return hashlib.sha256(canonical(content)).hexdigest()
