"""``facewarden protect export`` and ``import``: people in a sealed file with a passphrase of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from facewarden.cli.door import ANY, FILE, say_path
from facewarden.cli.protect_door import at_work, opened
from facewarden.cli.protect_person import say_person
from facewarden.errors import UsageError

_parcel_passphrase_file = click.option(
    "--export-passphrase-file", "parcel_file", type=FILE, help="File whose first line is that passphrase."
)


@click.command("export", short_help="Write people into a file.")
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

        def noted() -> None:
            for person in people:
                store.note("exported", person=person.id)

        write_parcel(to, ((person, store.features(person)) for person in people), secret, noted=noted)
    say_path(to)


@click.command("import", short_help="Take people in from a file.")
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
            say_person(store.find(wanted), store.today, as_json=False)


def _parcel_passphrase(file: Path | None, *, new: bool = False) -> str:
    # Not from $FACEWARDEN_PASSPHRASE: the file leaves the house and must not open the store.
    from facewarden.cli.passphrase import passphrase

    if file is not None:
        return passphrase(file)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("The file needs a passphrase of its own: --export-passphrase-file.")
    return str(click.prompt("Passphrase of the file", hide_input=True, confirmation_prompt=new, err=True))
