"""Where webhooks lead and which programs commands run: a TOML file of whoever starts the program.

Rules only name them. The file may run programs, so it is refused where others could have written it.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from facewarden.acting.steps import Kind, Step, steps_of
from facewarden.errors import FacewardenError, UsageError
from facewarden.outbound.place import place_of
from facewarden.policy.duration import Duration
from facewarden.policy.rules import Name, Policy

_MOST_BYTES = 1 << 20

Told = Literal["name", "people", "source"]
"""What is not told unless it is asked for: the file's path or address, ids of those recognised, where it was seen."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebhookPlace(_Part):
    """A place that is told.

    Attributes:
        secret_file: holds the secret that messages are signed with (`signature.secret_of`).
        private: whether it may lie in the own network, and be reached by http.
        tries: so many at most, one after another.
    """

    url: str
    secret_file: Path
    private: bool = False
    tell: tuple[Told, ...] = ()
    within: Duration = 10.0
    tries: Annotated[int, Field(ge=1, le=10)] = 3

    @field_validator("url")
    @classmethod
    def _is_place(cls, url: str) -> str:
        try:
            place_of(url)
        except FacewardenError as error:
            raise ValueError(str(error)) from error
        return url


class Program(_Part):
    """A program that is run, with the facts as JSON on its standard input.

    Attributes:
        argv: path of the program and its words; no shell reads them.
        environment: names of variables that it gets beside PATH and LANG.
    """

    argv: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    tell: tuple[Told, ...] = ()
    within: Duration = 30.0
    environment: tuple[str, ...] = ()

    @field_validator("argv")
    @classmethod
    def _is_absolute(cls, argv: tuple[str, ...]) -> tuple[str, ...]:
        if not Path(argv[0]).is_absolute() or any("\0" in word for word in argv):
            raise ValueError("the program must be named by its whole path, such as /usr/local/bin/page")
        return argv


class Actions(_Part):
    """The whole file.

    Attributes:
        hold: ``list`` leaves what is held in its place, on the list of what waits for a person; ``vault`` takes it into
            the vault as well, until a person gives it back.
    """

    hold: Literal["list", "vault"] = "list"
    webhooks: dict[Name, WebhookPlace] = {}
    commands: dict[Name, Program] = {}

    def isolating(self, policy: Policy) -> bool:
        """Whether some rule of `policy` takes files into the vault."""
        steps = steps_of(policy)
        return Step(Kind.QUARANTINE) in steps or (self.hold == "vault" and Step(Kind.HOLD) in steps)

    def demand(self, policy: Policy) -> None:
        """Raises UsageError where `policy` names what is not here."""
        for step in sorted(steps_of(policy), key=str):
            known = {Kind.WEBHOOK: set(self.webhooks), Kind.COMMAND: set(self.commands)}.get(step.kind)
            if known is not None and step.name not in known:
                raise UsageError(
                    f"A rule names the {step.kind} {step.name!r}, but nothing says where it leads. Describe it under "
                    f"[{step.kind}s.{step.name}] in the file of --actions, or take it out of the rules."
                )


def read_actions(path: Path | None) -> Actions:
    """The file at `path`, no webhooks and commands without one. Raises UsageError that says where it is wrong."""
    if path is None:
        return Actions()
    try:
        given = tomllib.loads(read_private(path, "file of actions", secret=False).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The file of actions {path} is no TOML: {error}.") from error
    try:
        return Actions.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the whole file"
        raise UsageError(f"The file of actions {path} is wrong: {place}: {fault['msg']}.") from error


def read_private(path: Path, what: str, *, secret: bool) -> bytes:
    """The content of a file that others must not be able to write, nor to read if it is `secret`.

    Raises:
        UsageError: they are, or it cannot be read.
    """
    barred = 0o077 if secret else 0o022
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"The {what} {path} cannot be read: {why}.") from error
    if not stat.S_ISREG(found.st_mode) or len(content) > _MOST_BYTES:
        raise UsageError(f"The {what} {path} is no file of a bearable size.")
    if found.st_mode & barred:
        mode = "600" if secret else "go-w"
        raise UsageError(
            f"Others may {'use' if secret else 'write'} the {what} {path}. Run: chmod {mode} {path}"
        )
    return content
