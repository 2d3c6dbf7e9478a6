"""``facewarden protect ignore``: pictures that never count as a copy."""

from __future__ import annotations

import os
from pathlib import Path

import click

from facewarden.cli.door import ANY, json_option, say, say_empty
from facewarden.cli.exit_codes import ERROR, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.language import language_of
from facewarden.cli.protect_door import at_work, opened, place_and_key
from facewarden.messages import LANGUAGES


@click.group("ignore")
def ignore_group() -> None:
    """Name pictures that never count as a copy.

    Logos, title cards, stock portraits: what many innocent pictures share. Only their hashes are kept, sealed.
    """


@ignore_group.command("add", short_help="Ignore pictures.")
@click.argument("paths", metavar="PICTURE...", nargs=-1, required=True, type=ANY)
@at_work
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of advice.  [default: from LANG, or en]")
@json_option
@click.pass_context
def add_command(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    lang: str | None,
    as_json: bool,
) -> None:
    """Let each PICTURE never count as a copy, as a whole, turned and mirrored.

    A picture that merely holds it goes on to count.

    \b
    Exit codes:
      0  all of them are ignored
      3  some were refused; it says why
      2  none is ignored, or the command was used wrongly
    """
    from facewarden.messages import Message
    from facewarden.protect import store
    from facewarden.protect.ignored import Hashed, hashed
    from facewarden.protect.registry import Registry

    language = lang or language_of(os.environ)
    place, key = place_and_key(folder, passphrase_file)
    with store.opened(place, key) as people:
        known = set(people.shelf.ignored().digests)
    # The store is free while the pictures are looked at.
    found: list[Hashed] = []
    for path in paths:
        each = hashed(path)
        if each.fault is None and each.sha256 in known:
            each = Hashed(fault=Message("ignore.known"))
        known.add(each.sha256)
        found.append(each)
    taken = [each for each in found if each.fault is None]
    numbers: list[int] = []
    if taken:
        with store.opened(place, key) as people:
            numbers = people.shelf.ignore(taken)
    registry = Registry.load(place, key)
    left = iter(numbers)
    for path, each in zip(paths, found, strict=True):
        number = next(left) if each.fault is None else None
        said = [each.fault or Message("ignore.accepted")]
        if number is not None and registry.holds_near(each.hashes):
            said.append(Message("ignore.hides", {"number": number}))
        fields = {
            "path": os.fsencode(path).decode("utf-8", "backslashreplace"),
            "number": number,
            "reasons": [message.id for message in said if message.id != "ignore.accepted"],
            "sentences": [message.render(language) for message in said],
        }
        words = " ".join(message.render(language) for message in said)
        prefix = f"{number}  " if number is not None else ""
        say(fields, f"{prefix}{path.name}: {words}", as_json=as_json)
    ctx.exit(ERROR if not taken else FOUND_NOTHING if len(taken) == len(found) else INCONCLUSIVE)


@ignore_group.command("list", short_help="List what is ignored.")
@at_work
@json_option
def list_ignored_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the ignored pictures by number. Their names were not kept."""
    with opened(folder, passphrase_file) as store:
        pictures = store.shelf.ignored().pictures
        for each in pictures:
            fields = {"number": each.number, "added_at": each.added_at, "sha256": each.sha256}
            say(fields, f"{each.number}  since {each.added_at}  sha256 {each.sha256}", as_json=as_json)
    if not pictures:
        say_empty("No picture is ignored.")


@ignore_group.command("forget", short_help="Let pictures count again.")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True, type=click.IntRange(1))
@at_work
def forget_ignored_command(
    *, numbers: tuple[int, ...], folder: Path | None, passphrase_file: Path | None
) -> None:
    """Let the picture of each NUMBER count again."""
    with opened(folder, passphrase_file) as store:
        for number in store.shelf.count_again(numbers):
            say({}, f"{number}: forgotten", as_json=False)
