"""What a store consists of, and how one is made."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.errors import TamperedError, UsageError
from facewarden.protect.allowance import Allowance, AllowanceFile
from facewarden.protect.cabinet import NAME, Cabinet
from facewarden.protect.events import Event, EventLog
from facewarden.protect.layout import Layout
from facewarden.protect.person import stamp
from facewarden.protect.roll import Roll, RollFile
from facewarden.sealed.durable import storing, write_whole
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.new import new_folder

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Card(BaseModel):
    """What ``people.json`` says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1]
    people: Annotated[str, Field(pattern=NAME)]

    def written(self) -> bytes:
        """The one form that it has in the file."""
        return json.dumps(self.model_dump()).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of a store with their keys."""

    layout: Layout
    roll: RollFile
    cabinet: Cabinet
    allowance: AllowanceFile
    events: EventLog
    name_key: bytes

    @classmethod
    def of(cls, layout: Layout, store: str, key: MasterKey) -> Parts:
        return cls(
            layout,
            RollFile(layout.roll, key.subkey("people roll"), store),
            Cabinet(layout.objects, key.subkey("people objects"), store=store),
            AllowanceFile(layout.allowance, key.subkey("people allowance"), store),
            EventLog(layout.events, key.subkey("people events"), store),
            key.subkey("people names"),
        )


def create(
    folder: Path,
    key: MasterKey,
    keep_key: Callable[[Path], None],
    *,
    allowance: Allowance | None = None,
    clock: Clock = utc_now,
) -> None:
    """Make a store in `folder`, which must not exist or be empty. It appears whole or not at all.

    Args:
        keep_key: writes `key` in its locked form to the path that it is given, as `sealed.key_file` does.

    Raises:
        UsageError: there is something in the folder already.
        StorageError: it cannot be written.
    """
    with new_folder(folder) as part:
        layout = Layout(part)
        with storing(folder):
            layout.objects.mkdir(mode=0o700)
        store = secrets.token_hex(16)
        write_whole(layout.card, Card(format=1, people=store).written())
        parts = Parts.of(layout, store, key)
        parts.roll.write(Roll())
        now = clock()
        full = allowance or Allowance()
        parts.allowance.write(full.model_copy(update={"tokens": float(full.burst), "at": now.timestamp()}))
        parts.events.append(Event(at=stamp(now), action="created"))
        keep_key(layout.key)


def existing(folder: Path) -> Layout:
    """The store in `folder`. Raises UsageError where there is none."""
    layout = Layout(folder)
    if not layout.card.is_file() and not layout.roll.is_file():
        raise UsageError(
            f"There is no store of people in {folder}. Make one with facewarden protect init, or name another folder "
            "with --people."
        )
    return layout


def parts_of(folder: Path, key: MasterKey) -> Parts:
    """The files of the store in `folder`. Raises UsageError where there is none, TamperedError."""
    layout = existing(folder)
    try:
        line = layout.card.read_bytes()
        card = Card.model_validate_json(line)
        if card.written() != line:
            raise ValueError("another spelling")
    except (OSError, ValueError) as error:
        raise TamperedError(f"{layout.card} was altered or is gone. Put it back from a backup.") from error
    return Parts.of(layout, card.people, key)
