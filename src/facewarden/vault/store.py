"""An open vault: its keys, its log, its objects and its cases. Whoever has it open has it alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import TamperedError, UsageError
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.signing import Signer
from facewarden.vault.cases import Case, State, follow
from facewarden.vault.custody.entry import Deed, Entry, private_of
from facewarden.vault.custody.head import Head
from facewarden.vault.custody.log import Clock, CustodyLog
from facewarden.vault.layout import Layout
from facewarden.vault.objects import ObjectStore

CARD = "facewarden.vault"
PURPOSE_SIGNING = "vault signing key"
_PURPOSE_OBJECTS = "vault objects"
_PURPOSE_ADDRESSES = "vault addresses"
_PURPOSE_LOG = "vault custody log"
_LONGEST_ACTOR = 200


class Card(BaseModel):
    """What ``vault.json`` says.

    Attributes:
        vault: identity, 32 hex digits.
        two_person: whether two people must agree before evidence is destroyed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1]
    vault: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    created: str
    two_person: bool
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Facts(BaseModel):
    """What was taken, from where and why; only the holder of the key reads it.

    Attributes:
        place: where it lay (`place.spelled`).
        sha256, size, mode, mtime_ns: of the file.
        reason: in the words of who took it.
        about: what else the caller said, such as the report's level or the source.
        report_sha256: of the report that was kept with it, None where there was none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    place: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    mode: int
    mtime_ns: int
    reason: str
    about: dict[str, Any]
    report_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an open vault, for what is done with cases."""

    layout: Layout
    card: Card
    signer: Signer
    log: CustodyLog
    objects: ObjectStore
    cases: dict[str, Case]
    clock: Clock
    private_key: bytes

    @classmethod
    def of(cls, layout: Layout, card: Card, signer: Signer, key: MasterKey, clock: Clock) -> Store:
        """A store that has read nothing yet."""
        private_key = key.subkey(_PURPOSE_LOG)
        log = CustodyLog(
            layout.log, layout.head, vault=card.vault, signer=signer, key=private_key, clock=clock
        )
        objects = ObjectStore(
            layout.objects,
            layout.incoming,
            key=key.subkey(_PURPOSE_OBJECTS),
            address_key=key.subkey(_PURPOSE_ADDRESSES),
        )
        return cls(layout, card, signer, log, objects, {}, clock, private_key)

    def enter(self, deed: Deed) -> Entry:
        """Add to the log. Raises StorageError, or UsageError where nobody, or a whole text, is named as the actor."""
        if not 0 < len(deed.actor.strip()) <= _LONGEST_ACTOR:
            raise UsageError(f"Say who does this, in 1 to {_LONGEST_ACTOR} characters, with --actor.")
        entry = self.log.append(deed)
        follow(self.cases, entry)
        return entry

    def case(self, number: str) -> Case:
        """The case `number`. Raises UsageError where there is none."""
        case = self.cases.get(number)
        if case is None or case.state is State.NEVER:
            raise UsageError(f"There is no case {number} in this vault. See: facewarden vault list.")
        return case

    def held(self, number: str) -> Case:
        """The case `number`, whose file the vault holds and with which nothing else is under way. Raises UsageError."""
        case = self.case(number)
        if case.pending is not None:
            raise UsageError(
                f"Case {number} waits for the end of what was begun ({case.pending.content.action}). Bring back its "
                "folder or disk, then run any command of the vault."
            )
        if not case.state.held:
            raise UsageError(f"Case {number} was {case.state}: the vault does not hold its file any more.")
        return case

    def facts(self, case: Case) -> Facts:
        """What is known of the file of `case`. Raises TamperedError."""
        try:
            facts = private_of(case.begun, self.private_key)
            facts.pop("salt", None)
            return Facts.model_validate(facts)
        except ValidationError as error:
            raise TamperedError(f"What is known of case {case.number} was altered.") from error

    def private(self, entry: Entry) -> dict[str, Any]:
        """What is private in `entry`. Raises TamperedError."""
        return private_of(entry, self.private_key)

    def head_at(self, entry: Entry) -> Head:
        """The head of the log just after `entry`."""
        return Head(vault=self.card.vault, count=entry.content.seq, chain=entry.chain)

    def shared(self, case: Case, address: str) -> bool:
        """Whether another case than `case`, held or on its way, needs the object at `address`."""
        return any(
            address in other.addresses and (other.state.held or other.state is State.COMING)
            for other in self.cases.values()
            if other.number != case.number
        )

    def discard(self, case: Case) -> None:
        """Delete what is sealed of `case`, which the vault lets go of, unless others need it. Raises StorageError."""
        for address in case.addresses:
            if not self.shared(case, address):
                self.objects.destroy(address)

    def today(self) -> dt.date:
        return self.clock().astimezone(dt.UTC).date()
