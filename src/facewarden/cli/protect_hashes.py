"""``facewarden protect hashes``: lists of hashes of others, in and out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.door import ANY, json_option, needs_a_person, safe, say, say_empty, say_path
from facewarden.cli.protect_door import at_work, opened, place_and_key
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.matching.exchange import Signal
    from facewarden.protect.person import Person
    from facewarden.protect.roll import ListEntry
    from facewarden.protect.store import PeopleStore

_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "threatexchange", "ncmec", "stopncii"]),
    required=True,
    help="csv: a table kind, value, quality, note. threatexchange: a signal file of Meta's threatexchange. ncmec: XML "
    "of NCMEC's hash sharing API. stopncii: JSON of StopNCII.org's hash API.",
)


@click.group("hashes", short_help="Exchange lists of hashes.")
def hashes_group() -> None:
    """Exchange hashes of pictures and clips with hotlines and platforms.

    A list that was imported belongs to no person. It lies sealed in the store, and match and watch look for what it
    names, too. Nothing is sent or fetched: lists are files.
    """


@hashes_group.command("export", short_help="Write hashes into a list.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@at_work
@_format_option
@click.option("-o", "--output", "to", type=ANY, required=True, help="New file.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@click.option("--photos", is_flag=True, help="With the photos by whose faces people are found.")
def export_hashes_command(
    *,
    names: tuple[str, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    form: str,
    to: Path,
    overwrite: bool,
    photos: bool,
) -> None:
    """Write the hashes of what was enrolled with --material of each NAME, or of everybody, into a list.

    PDQ of whole pictures, MD5 and SHA-256 of files, as far as the format has room for them; of clips MD5 and SHA-256.
    Names, templates and consents stay here. The file is not encrypted.

    Photos by whose faces people are found go along with --photos only: who blocks what is on a list would block them.
    """
    from facewarden.matching.exchange import FORMATS, write
    from facewarden.protect.hash_export import signals_of

    with opened(folder, passphrase_file) as store:
        found: dict[str, list[Signal]] = {}
        for person in _people(store, names):
            hashes = signals_of(person, store.features(person), photos=photos)
            found[person.id] = [each for each in hashes if each.kind in FORMATS[form].kinds]
        every = list(dict.fromkeys(each for signals in found.values() for each in signals))
        if not every:
            raise UsageError(
                f"There is nothing that a list of the form {form} has room for: it needs pictures or clips that were "
                f"enrolled with --material{'' if photos else ', or --photos'}."
            )

        def noted() -> None:
            for person_id, signals in found.items():
                if signals:
                    store.note("hashes_exported", person=person_id, count=len(signals))

        _written(to, write(form, every), overwrite=overwrite, noted=noted)
    say_path(to)


@hashes_group.command("import", short_help="Keep a list of others.")
@click.argument("file", metavar="FILE", type=ANY)
@at_work
@_format_option
@click.option("--label", help="What to call the list.  [default: the format]")
@click.option("--replace", is_flag=True, help="Take the place of the list of this label, if there is one.")
@json_option
def import_hashes_command(
    *,
    file: Path,
    folder: Path | None,
    passphrase_file: Path | None,
    form: str,
    label: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Keep the hashes of FILE, sealed, as a list of their own: all of it, or nothing where a line is wrong.

    match and watch then report copies of what is on it, with its label.
    """
    from facewarden.matching.exchange.files import read_file
    from facewarden.protect import store
    from facewarden.protect.hash_list import HashList
    from facewarden.protect.shelf import checked_label

    called = checked_label(form if label is None else label)
    place, key = place_and_key(folder, passphrase_file)
    if not replace:
        with store.opened(place, key) as people:
            people.shelf.refuse_taken(called)
    # The store is free while the list is read, which may take long.
    hashes = HashList.of(read_file(form, file))
    with store.opened(place, key) as people:
        _say_list(people.shelf.keep(called, hashes, replace=replace), as_json=as_json)
    if poor := hashes.poor:
        from facewarden.cli.streams import tell

        tell(f"{poor:,} of them are of pictures that show too little; these are never compared.")


@hashes_group.command("list", short_help="List the lists.")
@at_work
@json_option
def list_hashes_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the lists of others by label, with how many hashes they hold and since when."""
    with opened(folder, passphrase_file) as store:
        if not say_lists(store, as_json=as_json):
            say_empty("There is no list of others.")


@hashes_group.command("forget", short_help="Destroy a list of others.")
@click.argument("labels", metavar="LABEL...", nargs=-1, required=True)
@at_work
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget_hashes_command(
    *, labels: tuple[str, ...], folder: Path | None, passphrase_file: Path | None, yes: bool
) -> None:
    """Destroy the list of each LABEL. What is on it is not looked for any more."""
    with opened(folder, passphrase_file) as store:
        shelf = store.shelf
        found = ", ".join(safe(shelf.find(label).label) for label in labels)
        if not yes:
            needs_a_person("--yes")
            click.confirm(f"Forget {found} for good?", abort=True, err=True)
        for entry in shelf.forget(labels):
            say({}, f"{entry.label}: forgotten", as_json=False)


def say_lists(store: PeopleStore, *, as_json: bool) -> int:
    """A line on stdout for each list; how many there are."""
    entries = store.shelf.lists()
    for entry in entries:
        _say_list(entry, as_json=as_json)
    return len(entries)


def _say_list(entry: ListEntry, *, as_json: bool) -> None:
    fields: dict[str, Any] = {"list": entry.label, "added_at": entry.added_at, "hashes": entry.hashes}
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in entry.hashes.items())
    say(fields, f"list {entry.label}  {kinds}  since {entry.added_at}", as_json=as_json)


def _people(store: PeopleStore, names: tuple[str, ...]) -> list[Person]:
    """Those who are named, or all whose hashes may be passed on. Raises UsageError where one may not."""
    if not names:
        people = [each for each in store.people() if not each.withdrawn and not each.expired(store.today)]
        return sorted(people, key=lambda each: each.name.casefold())
    people = list({each.id: each for each in map(store.find, names)}.values())
    for person in people:
        if person.withdrawn:
            raise UsageError(f"The consent of {person.name} was withdrawn; nothing may be passed on.")
        if person.expired(store.today):
            raise UsageError(f"{person.name} is not looked for any more; nothing may be passed on.")
    return people


def _written(to: Path, data: bytes, *, overwrite: bool, noted: Callable[[], None]) -> None:
    """The file, whole or not at all, and not where it cannot be `noted` before.

    Raises:
        UsageError: it is there and stays.
        StorageError: it cannot be written or noted.
    """
    if overwrite:
        from facewarden.cli.outputs import OutputFile

        with OutputFile(to, language="en") as output:
            # What is a pipe rather than a file is read while it is written.
            noted()
            output.write(data.decode())
            output.commit()
        return
    from facewarden.sealed.new import new_file

    taken = f"{to} is there already; it stays as it is. Name another file, or give --overwrite."
    with new_file(to, taken=taken) as file:
        file.write(data)
        noted()
