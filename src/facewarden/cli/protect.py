"""``facewarden protect``: enrol people who asked for it, and let them go again."""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.door import (
    fresh_key,
    json_option,
    key_ring_option,
    needs_a_person,
    safe,
    say,
    say_empty,
    say_path,
)
from facewarden.cli.exit_codes import ERROR
from facewarden.cli.protect_compare import compare_command
from facewarden.cli.protect_door import at_work, opened
from facewarden.cli.protect_enrol import enrol_command
from facewarden.cli.protect_hashes import hashes_group, say_lists
from facewarden.cli.protect_ignore import ignore_group
from facewarden.cli.protect_match import match_command
from facewarden.cli.protect_parcel import export_command, import_command
from facewarden.cli.protect_person import fields_of, line_of, say_person
from facewarden.cli.protect_seen import forget_sightings_of, state_option


@click.group("protect")
def protect_group() -> None:
    """Find copies and forgeries of people who asked for it.

    A store of people is a folder. It keeps encrypted face templates and hashes with the consent that they stand on, and
    never a picture, a thumbnail or a file's name. Make one with init. The passphrase is asked for, or comes from
    --passphrase-file or $FACEWARDEN_PASSPHRASE.
    """


@protect_group.command("init", short_help="Make a store of people.")
@at_work
@key_ring_option
def init_command(*, folder: Path | None, passphrase_file: Path | None, key_ring: bool) -> None:
    """Make a store. Without its passphrase, or the key ring, nothing in it can ever be read: keep it well."""
    from facewarden.protect import store
    from facewarden.protect.layout import default_folder
    from facewarden.sealed.new import refuse_occupied

    place = folder or default_folder()
    refuse_occupied(place)
    key, keep = fresh_key(passphrase_file, key_ring=key_ring)
    store.create(place, key, keep)
    say_path(place)


@protect_group.command("list", short_help="List the people, and lists.")
@at_work
@json_option
def list_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List everybody by name, with what holds today: active, expired or withdrawn; then the lists of others."""
    with opened(folder, passphrase_file) as store:
        people = sorted(store.people(), key=lambda each: each.name.casefold())
        for person in people:
            say_person(person, store.today, as_json=as_json)
        lists = say_lists(store, as_json=as_json)
    if not people and not lists:
        say_empty("Nobody is enrolled, and there is no list of others.")


@protect_group.command("due", short_help="List who is to be forgotten.")
@at_work
@json_option
def due_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List those whose consent was withdrawn or whose day has come. See: facewarden protect forget --due."""
    with opened(folder, passphrase_file) as store:
        people = sorted(store.due(), key=lambda each: each.name.casefold())
        for person in people:
            say_person(person, store.today, as_json=as_json)
    if not people:
        say_empty("Nobody is due to be forgotten.")


@protect_group.command("show", short_help="Show what is kept of a person.")
@click.argument("name")
@at_work
@json_option
def show_command(*, name: str, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Show the consent and what is kept of NAME, in words and numbers. No picture is kept that could be shown."""
    with opened(folder, passphrase_file) as store:
        person = store.find(name)
        today, features = store.today, store.features(person)
    consent = person.consent
    lines = [
        line_of(person, today),
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
    say({**fields_of(person, today), "items": items}, "\n".join(lines), as_json=as_json)


@protect_group.command("withdraw", short_help="End somebody's consent.")
@click.argument("name")
@at_work
@state_option
def withdraw_command(
    *, name: str, folder: Path | None, passphrase_file: Path | None, state: Path | None
) -> None:
    """End the consent of NAME, who is found no more: templates and hashes are destroyed at once.

    That there was a consent, and until when, stays on record until the person is forgotten. What a watch counted of the
    person goes as well.
    """
    with opened(folder, passphrase_file) as store:
        person = store.find(name)
        say_person(store.withdraw(person), store.today, as_json=False)
    forget_sightings_of([person], state)


@protect_group.command("forget", short_help="Destroy all that is kept of somebody.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@at_work
@click.option("--due", is_flag=True, help="Forget everybody who is due.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@state_option
def forget_command(
    *,
    names: tuple[str, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    due: bool,
    yes: bool,
    state: Path | None,
) -> None:
    """Destroy all that is kept of each NAME, and what a watch counted of them. There is no way back."""
    if due == bool(names):
        raise click.UsageError("Name who is to be forgotten, or give --due.")
    with opened(folder, passphrase_file) as store:
        people = store.due() if due else list({each.id: each for each in map(store.find, names)}.values())
        if people and not yes:
            needs_a_person("--yes")
            names_of_all = ", ".join(safe(each.name) for each in people)
            click.confirm(f"Forget {names_of_all} for good?", abort=True, err=True)
        store.forget(*people)
        for person in people:
            say({}, f"{person.name}: forgotten", as_json=False)
    if not people:
        say_empty("Nobody is due to be forgotten.")
    forget_sightings_of(people, state)


@protect_group.command("limit", short_help="Show or set how much may be looked up.")
@at_work
@click.option("--burst", type=click.IntRange(1), help="Files at once.")
@click.option("--per-hour", type=click.IntRange(1), help="Files an hour after that.")
@json_option
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
@json_option
def events_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Show what was done with the store and when. People are named by their ids, files not at all."""
    with opened(folder, passphrase_file) as store:
        event = None
        for event in store.events():
            more = " ".join(str(each) for each in (event.person, event.count) if each is not None)
            say(event.model_dump(), f"{event.at}  {event.action}  {more}".rstrip(), as_json=as_json)
    if event is None:
        say_empty("No event is noted. Every store begins with one, so they were removed.")


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
        people, lists = len(store), len(store.shelf.lists())
        counted = f"{people} {'person' if people == 1 else 'people'}, {lists} list{'' if lists == 1 else 's'}"
        say({}, f"{counted}: ok", as_json=False)


protect_group.add_command(enrol_command)
protect_group.add_command(match_command)
protect_group.add_command(compare_command)
protect_group.add_command(export_command)
protect_group.add_command(import_command)
protect_group.add_command(hashes_group)
protect_group.add_command(ignore_group)
