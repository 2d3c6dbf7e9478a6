"""Cases: one for each file that was taken, in a state that follows from the custody log alone.

::

    quarantine.begun ─ .done ─→ quarantined ── release.done ──→ released
           └ .undone            │        └──── restore.done ─┐    │  │
                                └─ destroy.done ─→ destroyed ←────┘  │
                                                   restored ←────────┘
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from facewarden.errors import TamperedError
from facewarden.vault.custody.entry import Entry


class State(StrEnum):
    """Where a case stands."""

    COMING = "coming"  # not taken yet
    QUARANTINED = "quarantined"
    RELEASED = "released"  # a copy was handed out; the vault holds the file
    RESTORED = "restored"
    DESTROYED = "destroyed"
    NEVER = "never"  # the file stayed where it was

    @property
    def held(self) -> bool:
        """Whether the vault holds the file."""
        return self in (State.QUARANTINED, State.RELEASED)


@dataclass(frozen=True, slots=True)
class Case:
    """What the log says of one file.

    Attributes:
        number: such as FW-2026-000123.
        address: of the sealed content in the object store.
        report: address of the sealed report that belongs to it, None where it was taken without one.
        begun: the entry that says, privately, what was taken from where.
        pending: the entry of what was begun and is not concluded, None when nothing is.
        stub: whether a stub was left in the file's place.
        destroy_after: the day from which on it is due to be destroyed.
        approvals: entries by which people asked for its destruction, one for each actor.
        entries: all that concern it, in order.
    """

    number: str
    state: State
    address: str
    begun: Entry
    report: str | None = None
    pending: Entry | None = None
    stub: bool = False
    destroy_after: dt.date | None = None
    approvals: tuple[Entry, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def opened_at(self) -> str:
        return self.begun.content.at

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of all that the object store keeps for it."""
        return (self.address,) if self.report is None else (self.address, self.report)

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    def due(self, today: dt.date) -> bool:
        """Whether it is held longer than it should be."""
        return self.state.held and self.destroy_after is not None and self.destroy_after <= today


_CONCLUDED: Mapping[str, State | None] = {
    "quarantine.done": State.QUARANTINED,
    "quarantine.undone": State.NEVER,
    "restore.done": State.RESTORED,
    "restore.undone": None,
    "release.done": State.RELEASED,
    "release.undone": None,
    "package.done": None,
    "package.undone": None,
    "destroy.done": State.DESTROYED,
}
_BEGUN = ("restore.begun", "release.begun", "package.begun", "destroy.begun")
_WHILE_HELD = ("evidence.read", "retention.set", "destroy.approved", "destroy.withdrawn")
_OF_THE_RECORD = ("notice.made",)
_OF_NO_CASE = ("vault.created", "key.relocking", "key.relocked", "log.repaired", "log.adopted")


def follow(cases: dict[str, Case], entry: Entry) -> None:
    """Bring `cases` to where they are after `entry`.

    Raises:
        TamperedError: it cannot follow: the log was not written by this program, or not by this version.
    """
    content = entry.content
    if content.case is None:
        if content.action in _OF_NO_CASE:
            return
        raise _impossible(entry)
    case = cases.get(content.case)
    if content.action == "quarantine.begun":
        address, report = content.details.get("address"), content.details.get("report")
        if case is not None or not isinstance(address, str) or not isinstance(report, str | None):
            raise _impossible(entry)
        cases[content.case] = Case(
            number=content.case,
            state=State.COMING,
            address=address,
            begun=entry,
            report=report,
            pending=entry,
            destroy_after=_day(entry, content.details.get("destroy_after")),
            entries=(entry,),
        )
        return
    if case is None:
        raise _impossible(entry)
    cases[content.case] = replace(_moved(case, entry), entries=(*case.entries, entry))


def cases_of(entries: Iterable[Entry]) -> dict[str, Case]:
    """The cases after all `entries`, by number. Raises TamperedError as `follow`."""
    cases: dict[str, Case] = {}
    for entry in entries:
        follow(cases, entry)
    return cases


def next_number(cases: Mapping[str, Case], year: int) -> str:
    """The first number of `year` that no case has."""
    prefix = f"FW-{year:04d}-"
    last = max((int(number[-6:]) for number in cases if number.startswith(prefix)), default=0)
    return f"{prefix}{last + 1:06d}"


def _moved(case: Case, entry: Entry) -> Case:
    action, details = entry.content.action, entry.content.details
    if action in _CONCLUDED:
        begun = case.pending.content.action if case.pending else ""
        if action.partition(".")[0] != begun.partition(".")[0]:
            raise _impossible(entry)
        state = _CONCLUDED[action] or case.state
        stub = details.get("stub") is True if action == "quarantine.done" else case.stub
        return replace(case, state=state, pending=None, stub=stub)
    if action in _OF_THE_RECORD:
        # It needs no file, so it may follow at any time once the file was taken.
        if case.state in (State.COMING, State.NEVER):
            raise _impossible(entry)
        return case
    if not case.state.held or case.pending is not None:
        raise _impossible(entry)
    if action in _BEGUN:
        return replace(case, pending=entry)
    if action not in _WHILE_HELD:
        raise _impossible(entry)
    if action == "retention.set":
        return replace(case, destroy_after=_day(entry, details.get("destroy_after")))
    if action == "destroy.withdrawn":
        return replace(case, approvals=())
    if action == "destroy.approved":
        others = tuple(other for other in case.approvals if other.content.actor != entry.content.actor)
        return replace(case, approvals=(*others, entry))
    return case


def _day(entry: Entry, text: object) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError as error:
        raise _impossible(entry) from error


def _impossible(entry: Entry) -> TamperedError:
    return TamperedError(
        f"Entry {entry.content.seq} of the custody log ({entry.content.action}) cannot follow those before it. "
        "A newer version of facewarden may have written it."
    )
