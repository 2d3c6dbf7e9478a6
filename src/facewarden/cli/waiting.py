"""``facewarden waiting``: what a watch left for a person, and that somebody has seen to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.door import say, say_empty
from facewarden.cli.exit_codes import FOUND, FOUND_NOTHING

if TYPE_CHECKING:
    from facewarden.watch.waiting import Entry

NameOf = Callable[[str], str | None]
_PERSON = re.compile("[0-9a-f]{32}")
ID_DIGITS = 12
FORGOTTEN = "a person who was forgotten"
_LONGEST = 300


@click.command("waiting")
@click.argument("place", metavar="[LIST]", required=False, type=click.Path(path_type=Path))
@click.option("--done", "ids", multiple=True, metavar="ID", help="Seen to; may be repeated.")
@click.option("--note", default="", help="What came of it, for --done.")
@click.option("--all", "everything", is_flag=True, help="Show what was seen to as well.")
@click.option(
    "--actor", help="Who has seen to it, for --done.  [default: $FACEWARDEN_ACTOR, or your user name]"
)
@click.option(
    "--people",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of enrolled people, to name those whose ids the list tells.",
)
@click.option(
    "--people-passphrase-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File whose first line is the passphrase of --people.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each entry.")
@click.pass_context
def waiting_command(
    ctx: click.Context,
    *,
    place: Path | None,
    ids: tuple[str, ...],
    note: str,
    everything: bool,
    actor: str | None,
    people: Path | None,
    people_passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Work through what facewarden watch left for a person (docs/watch.md).

    LIST is the file list.jsonl or its folder; by default that of watch. Each entry has an ID, of which --done takes the
    first digits. What was seen to is written into seen_to.jsonl beside the list, which stays as it is; no file is
    touched.

    \b
    Exit codes:
      0  nothing waits; with --done: it is written down
      1  something waits
      2  the command was used wrongly, or the list cannot be read or written
    """
    from facewarden.cli.known_people import names_of_people
    from facewarden.cli.vault_door import who
    from facewarden.cli.watch import default_state
    from facewarden.watch.waiting import entries_of, place_of, see_to

    if not ids and (note or actor):
        raise click.UsageError("--note and --actor are for --done.", ctx)
    if ids and (everything or people):
        raise click.UsageError("--done excludes --all and --people.", ctx)
    found = place_of(place or default_state())
    if ids:
        for entry in see_to(found, ids, actor=who(actor), note=note):
            say({"id": entry.id, "waiting": False}, f"{entry.id[:ID_DIGITS]}: seen to", as_json=as_json)
        return
    entries = [entry for entry in entries_of(found) if entry.waiting or everything]
    name_of = names_of_people(people, passphrase_file=people_passphrase_file) if people else None
    for entry in entries:
        say(_plain(entry, name_of), "\n".join(_lines(entry, name_of)), as_json=as_json)
    if not entries:
        say_empty("Nothing stands on the list." if everything else "Nothing waits for a person.")
    ctx.exit(FOUND if any(entry.waiting for entry in entries) else FOUND_NOTHING)


def _plain(entry: Entry, name_of: NameOf | None) -> dict[str, Any]:
    from facewarden.watch.waiting import people_of

    met = dict.fromkeys(each for record in entry.records for each in people_of(record))
    return {
        "id": entry.id,
        "waiting": entry.waiting,
        "kinds": entry.kinds,
        "lines": entry.records,
        **({"people": {each: name_of(each) for each in met}} if name_of else {}),
        "seen_to": [each.model_dump(include={"at", "actor", "note"}) for each in entry.seen_to],
    }


def _lines(entry: Entry, name_of: NameOf | None) -> Iterator[str]:
    """What a person reads. Anything may stand in a line of the list, or nothing."""
    from facewarden.watch.waiting import people_of

    newest = entry.records[-1] if entry.records else {}
    name = _text(newest, "name") or _text(newest, "sha256") or _text(newest, "source") or "a line of the list"
    times = ((kind, f" ({count} times)" if count > 1 else "") for kind, count in Counter(entry.kinds).items())
    kinds = ", ".join(f"{kind}{often}" for kind, often in times)
    yield f"{entry.id[:ID_DIGITS]}  {_text(newest, 'at') or '-'}  {kinds}: {name}"
    known = [f"{what} {said}" for what in ("level", "match", "reason") if (said := _text(newest, what))]
    if case := next((said for record in entry.records if (said := _text(record, "case"))), ""):
        known.append(f"case {case}")
    if people := people_of(newest):
        known.append(f"of {', '.join(called(each, name_of) for each in people)}")
    if rules := _texts(newest, "rules"):
        known.append(f"rules {', '.join(rules)}")
    if known:
        yield f"  {'; '.join(known)}"
    for step in _failed(entry):
        yield f"  could not be done: {step}"
    for each in entry.seen_to:
        note = f": {_short(each.note)}" if each.note else ""
        yield f"  seen to {_short(each.at)} by {_short(each.actor)}{note}"


def called(person: str, name_of: NameOf | None) -> str:
    """A person of whom the id was written down, or, by former versions, the name."""
    if not _PERSON.fullmatch(person):
        return _short(person)
    if name_of is None:
        return f"person {person[:ID_DIGITS]}"
    return _short(name_of(person) or FORGOTTEN)


def _failed(entry: Entry) -> Iterator[str]:
    for record in entry.records:
        performed = record.get("performed")
        for one in performed if isinstance(performed, list) else []:
            if isinstance(one, dict) and one.get("ended") in ("failed", "unknown"):
                detail = _text(one, "detail")
                yield f"{_text(one, 'step') or 'a step'}{f' ({detail})' if detail else ''}"


def _text(record: dict[str, Any], name: str) -> str:
    said = record.get(name)
    return _short(said) if isinstance(said, str) else ""


def _texts(record: dict[str, Any], name: str) -> list[str]:
    said = record.get(name)
    return [_short(each) for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _short(text: str) -> str:
    # A line break within a text must not look like an entry of its own.
    plain = " ".join(text.splitlines())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]} ..."
