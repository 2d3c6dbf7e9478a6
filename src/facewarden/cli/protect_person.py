"""What the commands about people say of one person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from facewarden.cli.door import say

if TYPE_CHECKING:
    from facewarden.protect.person import Person


def say_person(person: Person, today: dt.date, *, as_json: bool) -> None:
    """One line on stdout."""
    say(fields_of(person, today), line_of(person, today), as_json=as_json)


def _state_of(person: Person, today: dt.date) -> str:
    return "withdrawn" if person.withdrawn else "expired" if person.expired(today) else "active"


def fields_of(person: Person, today: dt.date) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "state": _state_of(person, today),
        "enrolled_at": person.enrolled_at,
        "expires": person.expires.isoformat() if person.expires else None,
        "items": len(person.materials),
        "consent": person.consent.model_dump(mode="json"),
    }


def line_of(person: Person, today: dt.date) -> str:
    count = len(person.materials)
    line = f"{person.name}  {_state_of(person, today)}  {count} item{'' if count == 1 else 's'}"
    if person.withdrawn:
        return f"{line}  since {person.consent.withdrawn_at}; to be forgotten"
    if person.expires is None:
        return line
    expired = person.expired(today)
    return f"{line}  {'since' if expired else 'until'} {person.expires}{'; not looked for any more' if expired else ''}"
