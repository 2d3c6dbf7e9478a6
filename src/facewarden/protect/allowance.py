"""How many files may be looked up: a token bucket, kept in the store.

A store that answers without end is an oracle: whoever may ask could learn of thousands of faces whether they are
enrolled. It slows down everybody who asks through this software. Whoever has the key and software of his own is not
held back by it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import RateLimitedError, UsageError
from facewarden.protect.sealed_record import read_record
from facewarden.sealed.shredding import seal_whole

BURST = 2000
PER_HOUR = 1000.0
_MOST = 10_000_000


class Allowance(BaseModel):
    """A bucket of tokens, one for each file.

    Attributes:
        burst: how many it holds.
        per_hour: how many flow in.
        tokens: how many there were at the time `at` (seconds since 1970).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    burst: Annotated[int, Field(ge=1, le=_MOST)] = BURST
    per_hour: Annotated[float, Field(gt=0, le=_MOST)] = PER_HOUR
    tokens: Annotated[float, Field(ge=0)] = BURST
    at: float = 0.0

    def now(self, time_s: float) -> Allowance:
        """With what has flowed in. A clock that went back adds nothing, and time goes on from there."""
        gained = max(0.0, time_s - self.at) * self.per_hour / 3600
        return self.model_copy(update={"tokens": min(float(self.burst), self.tokens + gained), "at": time_s})

    def wait_s(self, count: int) -> float:
        """How long until there are `count` tokens."""
        return max(0.0, count - self.tokens) * 3600 / self.per_hour


@dataclass(frozen=True, slots=True)
class AllowanceFile:
    """Where it is kept. Whoever writes has the store alone."""

    path: Path
    key: bytes
    store: str

    def read(self) -> Allowance:
        """Raises TamperedError, also where it is gone: deleting it must not fill it."""
        return read_record(Allowance, self.path, self.key, context=self._context, put_back="it")

    def write(self, allowance: Allowance) -> None:
        """Raises StorageError."""
        seal_whole(self.path, [allowance.model_dump_json().encode()], self.key, context=self._context)

    def take(self, wanted: int, now: dt.datetime) -> int:
        """Take up to `wanted` tokens, at least one.

        Raises:
            RateLimitedError: there is none.
        """
        allowance = self.read().now(now.timestamp())
        count = min(wanted, int(allowance.tokens))
        if count < 1:
            wait_s = allowance.wait_s(1)
            raise RateLimitedError(
                f"As many files were looked up as the store allows ({allowance.burst:,} at once, "
                f"{allowance.per_hour:,.0f} an hour). Go on in {max(1, round(wait_s))} s, or see "
                "facewarden protect limit.",
                retry_s=wait_s,
            )
        self.write(allowance.model_copy(update={"tokens": allowance.tokens - count}))
        return count

    def give_back(self, count: int, now: dt.datetime) -> None:
        """What was taken and not used."""
        allowance = self.read().now(now.timestamp())
        tokens = min(float(allowance.burst), allowance.tokens + count)
        self.write(allowance.model_copy(update={"tokens": tokens}))

    def set(self, *, burst: int, per_hour: float, now: dt.datetime) -> Allowance:
        """Change the rule. Raises UsageError where the numbers cannot be."""
        try:
            rule = Allowance(burst=burst, per_hour=per_hour)
        except ValidationError as error:
            raise UsageError(f"Both numbers must lie between 1 and {_MOST:,}.") from error
        tokens = min(float(burst), self.read().now(now.timestamp()).tokens)
        changed = rule.model_copy(update={"tokens": tokens, "at": now.timestamp()})
        self.write(changed)
        return changed

    @property
    def _context(self) -> bytes:
        return f"{self.store} allowance".encode()
