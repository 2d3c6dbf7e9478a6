"""Rules as they are written in YAML: when which conditions hold, then which actions.

All conditions that a rule names must hold; `any` holds where one of several does, and `not` where its conditions do not
all hold. Every rule that holds adds its actions; `stop` ends with it. No action destroys anything: that is done in
the vault, by people. What an action does that reaches outside (a webhook, a command) is named in the rules, but where
it leads is set by whoever starts the program, so that whoever can write a rule file cannot run a program.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from facewarden.policy.duration import Duration, Retention
from facewarden.report.model import Level

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Rate = Annotated[float, Field(ge=0, le=1)]
Reach = Literal["weak", "likely", "very_likely"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Copies(_Part):
    """Seen often: at least so many copies, in at least so many sources, within the last so many seconds."""

    copies: int = Field(default=1, ge=1, le=1_000_000)
    sources: int = Field(default=1, ge=1, le=1_000_000)
    within: Duration


class Forecast(_Part):
    """About to spread: at least so many more copies within so many seconds from now, as probable as this."""

    copies: int = Field(ge=1, le=100_000)
    within: Duration
    probability: Rate = 0.5


class PersonSpread(_Part):
    """Seen often: at least so many files that show one enrolled person, in at least so many sources, just before.

    Attributes:
        person: who counts, by name or id; everybody enrolled where it is not said.
    """

    person: tuple[Name, ...] | None = None
    files: int = Field(default=1, ge=1, le=1_000_000)
    sources: int = Field(default=1, ge=1, le=1_000_000)
    within: Duration


class PersonForecast(_Part):
    """About to be seen often: at least so many more files that show one enrolled person, as probable as this."""

    person: tuple[Name, ...] | None = None
    files: int = Field(ge=1, le=100_000)
    within: Duration
    probability: Rate = 0.5


class When(_Part):
    """Conditions; none at all hold for every file."""

    level: Reach | None = Field(default=None, description="at this level or above")
    level_is: Level | None = Field(default=None, description="at this very level")
    abstained: bool | None = None
    failed: bool | None = None
    media: Literal["photo", "clip"] | None = None
    lab_marked: bool | None = None
    cue: dict[Name, float] | None = Field(default=None, description="least log-likelihood ratio of each cue")
    faces: int | None = Field(default=None, ge=0, description="at least so many")
    match: Literal["review", "confirmed"] | None = Field(
        default=None, description="in this tier or a better one"
    )
    swap_lead: bool | None = None
    person: Literal["any"] | tuple[Name, ...] | None = Field(
        default=None, description="one of these people, by name or id"
    )
    source: tuple[Name, ...] | None = Field(default=None, description="one of these patterns (* ? [abc])")
    spread: Copies | None = None
    forecast: Forecast | None = None
    person_spread: PersonSpread | None = None
    person_forecast: PersonForecast | None = None
    any: tuple[When, ...] | None = Field(default=None, min_length=1)
    not_: When | None = Field(default=None, alias="not")


class Webhook(_Part):
    """Tell the program at a configured place, by its name."""

    webhook: Name


class Command(_Part):
    """Run a configured program, by its name."""

    command: Name


Step = Literal["note", "warn", "hold", "quarantine", "escalate"]
"""From the mildest to the strictest. None of them is beyond recall: what is quarantined can be restored."""

Action = Step | Webhook | Command


class Rule(_Part):
    """One rule of a policy.

    Attributes:
        retain: how long what it takes into the vault is kept before it is due to be destroyed, in seconds.
    """

    name: Name
    when: When = When()
    then: Annotated[tuple[Action, ...], Field(min_length=1, max_length=20)]
    stop: bool = False
    retain: Retention | None = None

    @property
    def takes(self) -> bool:
        """Whether it may take a file into the vault."""
        return "quarantine" in self.then or "hold" in self.then

    @model_validator(mode="after")
    def _retains_what_it_takes(self) -> Rule:
        if self.retain is not None and not self.takes:
            raise ValueError("retain is for rules that quarantine or hold")
        return self


class Policy(_Part):
    """A whole file of rules.

    Attributes:
        retain: as that of rules, for those that say nothing themselves; None for ever.
    """

    version: Literal[1]
    retain: Retention | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=1_000)]

    @model_validator(mode="after")
    def _names_differ(self) -> Policy:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules need names of their own, but several are called {twice[0]!r}")
        return self
