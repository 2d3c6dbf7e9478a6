"""``facewarden protect``: enrol people who asked for it, and let them go again."""

from __future__ import annotations

import datetime as dt
import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.exit_codes import ERROR
from facewarden.cli.lazy import Lazy, LazyGroup
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.protect.person import Person
    from facewarden.protect.store import PeopleStore
    from facewarden.sealed.keys import MasterKey

FILE = click.Path(dir_okay=False, path_type=Path)
ANY = click.Path(path_type=Path)

_folder = click.option(
    "--people",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the store.  [default: $FACEWARDEN_PEOPLE, or facewarden/people in your folder for data]",
)
_passphrase_file = click.option(
    "--passphrase-file", type=FILE, help="File whose first line is the passphrase."
)
_parcel_passphrase_file = click.option(
    "--export-passphrase-file", "parcel_file", type=FILE, help="File whose first line is that passphrase."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


def at_work(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that opens a store."""

    @_folder
    @_passphrase_file
    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        command(**options)

    return wrapped


class _Group(LazyGroup):
    """Commands of this module, and those that live elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *self.table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.commands.get(cmd_name) or super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows + [(name, entry.summary) for name, entry in self.table.items()])


_ELSEWHERE = {
    "enrol": Lazy("facewarden.cli.protect_enrol:enrol_command", "Enrol somebody with photos."),
    "match": Lazy("facewarden.cli.protect_match:match_command", "Look files up."),
}


@click.group("protect", cls=_Group, table=_ELSEWHERE)
def protect_group() -> None:
    """Find copies and forgeries of people who asked for it.

    A store of people is a folder. It keeps encrypted face templates and hashes with the consent that they stand on, and
    never a picture, a thumbnail or a file's name. Make one with init. The passphrase is asked for, or comes from
    --passphrase-file or $FACEWARDEN_PASSPHRASE.
    """


@protect_group.command("init", short_help="Make a store of people.")
@at_work
@click.option("--key-ring", is_flag=True, help="Keep the key in the system's key ring, without a passphrase.")
def init_command(*, folder: Path | None, passphrase_file: Path | None, key_ring: bool) -> None:
    """Make a store. Without its passphrase, or the key ring, nothing in it can ever be read: keep it well."""
    from facewarden.cli.passphrase import passphrase
    from facewarden.protect import store
    from facewarden.protect.layout import default_folder
    from facewarden.sealed.key_file import put_in_ring, wrap_new
    from facewarden.sealed.key_ring import SystemKeyRing
    from facewarden.sealed.keys import MasterKey
    from facewarden.sealed.new import refuse_occupied

    place = folder or default_folder()
    refuse_occupied(place)
    key = MasterKey.new()
    if key_ring:
        keep = functools.partial(put_in_ring, key=key, ring=SystemKeyRing())
    else:
        keep = functools.partial(wrap_new, key=key, passphrase=passphrase(passphrase_file, new=True))
    store.create(place, key, lambda path: keep(path))
    say({}, str(place), as_json=False)


@protect_group.command("list", short_help="List the people.")
@at_work
@_json
def list_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List everybody by name, with what holds today: active, expired or withdrawn."""
    with opened(folder, passphrase_file) as store:
        for person in sorted(store.people(), key=lambda each: each.name.casefold()):
            _say_person(person, store.today, as_json=as_json)


@protect_group.command("due", short_help="List who is to be forgotten.")
@at_work
@_json
def due_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List those whose consent was withdrawn or whose day has come. See: facewarden protect forget --due."""
    with opened(folder, passphrase_file) as store:
        for person in sorted(store.due(), key=lambda each: each.name.casefold()):
            _say_person(person, store.today, as_json=as_json)


@protect_group.command("show", short_help="Show what is kept of a person.")
@click.argument("name")
@at_work
@_json
def show_command(*, name: str, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Show the consent and what is kept of NAME, in words and numbers. No picture is kept that could be shown."""
    with opened(folder, passphrase_file) as store:
        person = store.find(name)
        today, features = store.today, store.features(person)
    consent = person.consent
    lines = [
        _line_of(person, today),
        f"  id        {person.id}",
        f"  consent   by {consent.by}, {consent.given_at}: {consent.purpose}",
    ]
    if consent.withdrawn_at:
        lines.append(f"  withdrawn {consent.withdrawn_at}")
    items = []
    for material in person.materials:
        kept = features.item(material.number)
        holds = [
            what
            for what, there in (
                ("face template", kept is not None and kept.template is not None),
                ("hashes of the picture", kept is not None and kept.picture is not None),
                ("hashes of the clip", kept is not None and kept.seconds is not None),
                ("digests of the file", kept is not None and kept.sha256 is not None),
            )
            if there
        ]
        items.append({**material.model_dump(), "holds": holds})
        line = f"  item {material.number}  {material.kind}  {material.added_at}  {', '.join(holds)}"
        if material.face is not None:
            line += f"; face {material.face.height_px:.0f} px, sharpness {material.face.sharpness:.2f}"
        lines.append(line)
    say({**_fields_of(person, today), "items": items}, "\n".join(lines), as_json=as_json)


@protect_group.command("withdraw", short_help="End somebody's consent.")
@click.argument("name")
@at_work
def withdraw_command(*, name: str, folder: Path | None, passphrase_file: Path | None) -> None:
    """End the consent of NAME, who is found no more: templates and hashes are destroyed at once.

    That there was a consent, and until when, stays on record until the person is forgotten.
    """
    with opened(folder, passphrase_file) as store:
        _say_person(store.withdraw(store.find(name)), store.today, as_json=False)


@protect_group.command("forget", short_help="Destroy all that is kept of somebody.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@at_work
@click.option("--due", is_flag=True, help="Forget everybody who is due.")
@_yes
def forget_command(
    *, names: tuple[str, ...], folder: Path | None, passphrase_file: Path | None, due: bool, yes: bool
) -> None:
    """Destroy all that is kept of each NAME. There is no way back."""
    if due == bool(names):
        raise click.UsageError("Name who is to be forgotten, or give --due.")
    with opened(folder, passphrase_file) as store:
        people = store.due() if due else list({each.id: each for each in map(store.find, names)}.values())
        if people and not yes:
            _confirm(f"Forget {', '.join(_safe(each.name) for each in people)} for good?")
        store.forget(*people)
        for person in people:
            say({}, f"{person.name}: forgotten", as_json=False)


@protect_group.command("export", short_help="Write people into a file.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@at_work
@click.option("-o", "--output", "to", type=ANY, required=True, help="New file.")
@_parcel_passphrase_file
def export_command(
    *,
    names: tuple[str, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    to: Path,
    parcel_file: Path | None,
) -> None:
    """Write all that is kept of each NAME into a new sealed file with a passphrase of its own."""
    from facewarden.protect.parcel import write_parcel

    with opened(folder, passphrase_file) as store:
        people = list({each.id: each for each in map(store.find, names)}.values())
        if withdrawn := [each.name for each in people if each.withdrawn]:
            raise UsageError(f"The consent of {withdrawn[0]} was withdrawn; nothing may be passed on.")
        secret = _parcel_passphrase(parcel_file, new=True)
        write_parcel(to, ((person, store.features(person)) for person in people), secret)
        for person in people:
            store.note("exported", person=person.id)
    say({}, str(to), as_json=False)


@protect_group.command("import", short_help="Take people in from a file.")
@click.argument("parcel", metavar="FILE", type=ANY)
@at_work
@_parcel_passphrase_file
@click.option("--name", help="Call the person so instead, where the file holds one.")
def import_command(
    *,
    parcel: Path,
    folder: Path | None,
    passphrase_file: Path | None,
    parcel_file: Path | None,
    name: str | None,
) -> None:
    """Take in the people of a FILE that export wrote, all or none, with their consent as it was given."""
    from facewarden.protect.parcel import read_parcel
    from facewarden.protect.person import checked_name

    with opened(folder, passphrase_file) as store:
        people = read_parcel(parcel, lambda: _parcel_passphrase(parcel_file))
        if name is not None and len(people) != 1:
            raise UsageError(f"{parcel} holds {len(people)} people; --name is for one.")
        called = [(checked_name(name or person.name), person, features) for person, features in people]
        for wanted, _, _ in called:
            if store.knows(wanted):
                raise UsageError(
                    f"Somebody is enrolled as {wanted!r} already. Choose another name with --name."
                )
        if len(called) == 1:
            ((wanted, person, features),) = called
            store.add(wanted, purpose=person.consent.purpose, person=person, features=features)
        else:
            # All or nobody: what stopped half-way could not be taken up again.
            store.add_many(
                (person.model_copy(update={"name": wanted}), features) for wanted, person, features in called
            )
        for wanted, _, _ in called:
            _say_person(store.find(wanted), store.today, as_json=False)


@protect_group.command("limit", short_help="Show or set how much may be looked up.")
@at_work
@click.option("--burst", type=click.IntRange(1), help="Files at once.")
@click.option("--per-hour", type=click.IntRange(1), help="Files an hour after that.")
@_json
def limit_command(
    *,
    folder: Path | None,
    passphrase_file: Path | None,
    burst: int | None,
    per_hour: int | None,
    as_json: bool,
) -> None:
    """Show how many files may be looked up, or change it.

    The limit keeps those who may only ask from finding out, face by face, who is enrolled.
    """
    with opened(folder, passphrase_file) as store:
        now = store.allowance
        if burst is not None or per_hour is not None:
            now = store.set_allowance(burst=burst or now.burst, per_hour=per_hour or now.per_hour)
    fields = {"burst": now.burst, "per_hour": now.per_hour, "left": int(now.tokens)}
    text = f"{now.burst:,} files at once, {now.per_hour:,.0f} an hour; {int(now.tokens):,} left now"
    say(fields, text, as_json=as_json)


@protect_group.command("events", short_help="Show what was done.")
@at_work
@_json
def events_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Show what was done with the store and when. People are named by their ids, files not at all."""
    with opened(folder, passphrase_file) as store:
        for event in store.events():
            more = " ".join(str(each) for each in (event.person, event.count) if each is not None)
            say(event.model_dump(), f"{event.at}  {event.action}  {more}".rstrip(), as_json=as_json)


@protect_group.command("verify", short_help="Check the whole store.")
@at_work
@click.pass_context
def verify_command(ctx: click.Context, *, folder: Path | None, passphrase_file: Path | None) -> None:
    """Read everything in the store and say what is not as it was written."""
    with opened(folder, passphrase_file) as store:
        faults = store.faults()
        for fault in faults:
            say({}, fault, as_json=False)
        if faults:
            ctx.exit(ERROR)
        say({}, f"{len(store)} {'person' if len(store) == 1 else 'people'}: ok", as_json=False)


@contextmanager
def opened(folder: Path | None, passphrase_file: Path | None) -> Iterator[PeopleStore]:
    """The store, for this command alone."""
    from facewarden.protect import store

    place, key = place_and_key(folder, passphrase_file)
    with store.opened(place, key) as found:
        yield found


def place_and_key(folder: Path | None, passphrase_file: Path | None) -> tuple[Path, MasterKey]:
    """Where the store lies, and its key. Raises UsageError, SealedError."""
    from facewarden.cli.passphrase import passphrase
    from facewarden.protect.cores import without_core_dumps
    from facewarden.protect.layout import Layout, default_folder
    from facewarden.protect.store import existing
    from facewarden.sealed.key_file import open_key
    from facewarden.sealed.key_ring import SystemKeyRing

    without_core_dumps()
    place = folder or default_folder()
    existing(place)
    key = open_key(Layout(place).key, passphrase=lambda: passphrase(passphrase_file), ring=SystemKeyRing())
    return place, key


def say(fields: dict[str, Any], text: str, *, as_json: bool) -> None:
    """One line of JSON, or lines of text, on stdout."""
    from facewarden.cli.streams import StandardOutput

    line = json.dumps(fields, default=str) if as_json else "\n".join(_safe(each) for each in text.split("\n"))
    StandardOutput(language="en").write(line + "\n")


def _parcel_passphrase(file: Path | None, *, new: bool = False) -> str:
    # Not from $FACEWARDEN_PASSPHRASE: the file leaves the house and must not open the store.
    from facewarden.cli.passphrase import passphrase

    if file is not None:
        return passphrase(file)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("The file needs a passphrase of its own: --export-passphrase-file.")
    return str(click.prompt("Passphrase of the file", hide_input=True, confirmation_prompt=new, err=True))


def _confirm(question: str) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("A person has to confirm this: --yes")
    click.confirm(question, abort=True, err=True)


def _state_of(person: Person, today: dt.date) -> str:
    return "withdrawn" if person.withdrawn else "expired" if person.expired(today) else "active"


def _fields_of(person: Person, today: dt.date) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "state": _state_of(person, today),
        "enrolled_at": person.enrolled_at,
        "expires": person.expires.isoformat() if person.expires else None,
        "items": len(person.materials),
        "consent": person.consent.model_dump(mode="json"),
    }


def _line_of(person: Person, today: dt.date) -> str:
    count = len(person.materials)
    line = f"{person.name}  {_state_of(person, today)}  {count} item{'' if count == 1 else 's'}"
    if person.withdrawn:
        return f"{line}  since {person.consent.withdrawn_at}; to be forgotten"
    if person.expires is None:
        return line
    expired = person.expired(today)
    return f"{line}  {'since' if expired else 'until'} {person.expires}{'; not looked for any more' if expired else ''}"


def _say_person(person: Person, today: dt.date, *, as_json: bool) -> None:
    say(_fields_of(person, today), _line_of(person, today), as_json=as_json)


def _safe(text: object) -> str:
    from facewarden.report.wording import visible

    return visible(str(text))
