"""``facewarden lab data``: manifests of collections, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from facewarden.lab.content_leaks import Opened
    from facewarden.lab.dataset import Item

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_data = click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
_manifest = click.option(
    "--manifest", metavar="NAME", default="manifest.csv", show_default=True, help="Another one in the folder."
)
_most_opened = click.option(
    "--most",
    "most_opened",
    type=click.IntRange(1),
    help="Open at most so many files of each method, label and split (with --look).",
)
_no_cache = click.option("--no-cache", is_flag=True, help="Keep no hashes and embeddings in .cache/looks.")
_processes = click.option("--processes", type=click.IntRange(1, 2), default=2, show_default=True)


def _shares(_ctx: click.Context, _param: click.Parameter, value: str) -> dict[str, float]:
    """``train=70,dev=30`` as shares of one."""
    found: dict[str, float] = {}
    for part in value.split(","):
        name, _, number = part.strip().partition("=")
        try:
            amount = float(number)
        except ValueError:
            amount = 0.0
        if not name or name in found or not 0 < amount < inf:
            raise click.BadParameter(f"must be like train=70,dev=15,test=15, but got {value!r}.")
        found[name] = amount
    if len(found) < 2:
        raise click.BadParameter(f"must name two splits or more, but got {value!r}.")
    return {name: amount / sum(found.values()) for name, amount in found.items()}


@click.group("data")
def data_group() -> None:
    """Make manifests and splits, and look for leaks and shortcuts in collections."""


@data_group.command("manifest")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--layout",
    type=click.Choice(["faceforensics", "celebdf", "dfdc", "deepfakebench"]),
    required=True,
    help="How the folder is laid out; deepfakebench is that of DF40.",
)
@click.option(
    "--compression",
    type=click.Choice(["raw", "c23", "c40"]),
    default="c23",
    show_default=True,
    help="Of FaceForensics++.",
)
def manifest_command(*, folder: Path, layout: str, compression: str) -> None:
    """Write FOLDER/manifest.csv for a public collection. Files stay where they are."""
    from facewarden.lab.layouts import read_layout, write_manifest

    data = read_layout(layout, folder, compression=compression)
    click.echo(write_manifest(data))
    click.echo(f"{len(data.items)} files", err=True)


@data_group.command("leaks")
@_data
@_manifest
@click.option("--names-only", is_flag=True, help="Do not compare the files' bytes.")
@click.option(
    "--look", is_flag=True, help="Also open every file, and compare pictures and faces across splits."
)
@_most_opened
@_no_cache
@_processes
def leaks_command(
    *,
    data: Path | None,
    manifest: str,
    names_only: bool,
    look: bool,
    most_opened: int | None,
    no_cache: bool,
    processes: int,
) -> None:
    """Look for people, pairs and files that stand in more than one split; exit code 1 where there are any.

    By their names, and by the very bytes of files. With --look also by what is seen: near duplicates (PDQ), and the
    same face under different names. What is only probably the same face is a warning, which leaves the exit code 0.
    """
    from facewarden.lab import dataset

    items = dataset.load(data, manifest).items
    found = list(dataset.leaks(items, contents=not names_only))
    for line in found:
        click.echo(line)
    if look:
        from facewarden.lab.content_leaks import content_leaks

        seen = content_leaks(_opened(items, most=most_opened, cache=not no_cache, processes=processes))
        for word, lines in (("error", seen.errors), ("warning", seen.warnings)):
            for line in lines:
                click.echo(f"{word}: {line}")
        click.echo(seen.summary, nl=False, err=True)
        found += seen.errors
    if found:
        raise click.exceptions.Exit(1)
    click.echo("Nothing stands in more than one split.", err=True)


@data_group.command("split")
@_data
@_manifest
@click.option(
    "--write",
    "written",
    metavar="NAME",
    required=True,
    help="Name of the new manifest, in the same folder; never that of a file that is there.",
)
@click.option(
    "--into",
    "shares",
    metavar="NAME=N,...",
    callback=_shares,
    default="train=70,dev=15,test=15",
    show_default=True,
    help="The splits and how much of the files each gets.",
)
@click.option(
    "--hold-out",
    "held_out",
    metavar="METHOD",
    multiple=True,
    help="Forgeries of this method, and all that belongs to them, only in the last split; may be repeated.",
)
@click.option("--methods-apart", is_flag=True, help="Also keep all forgeries of one method in one split.")
@click.option("--names-only", is_flag=True, help="Do not compare the files' bytes.")
@click.option(
    "--look", is_flag=True, help="Also open every file, and keep together what --look of leaks would find."
)
@click.option("--seed", type=int, default=0, show_default=True)
@_no_cache
@_processes
def split_command(
    *,
    data: Path | None,
    manifest: str,
    written: str,
    shares: dict[str, float],
    held_out: tuple[str, ...],
    methods_apart: bool,
    names_only: bool,
    look: bool,
    seed: int,
    no_cache: bool,
    processes: int,
) -> None:
    """Write a manifest with new splits, between which no person, no pair and no file stands twice.

    Files that share an identity or a pair, or are the same, go to one split together. Prints what each split holds.
    """
    from facewarden.lab import dataset, splitting
    from facewarden.lab.layouts import write_manifest

    source = dataset.load(data, manifest)
    links = [] if names_only else splitting.copies(source.items)
    if look:
        from facewarden.lab.content_leaks import belonging_together

        links += belonging_together(_opened(source.items, most=None, cache=not no_cache, processes=processes))
    divided = splitting.divide(
        source.items, shares, seed=seed, held_out=held_out, methods_apart=methods_apart, links=links
    )
    click.echo(write_manifest(dataset.Dataset(source.root, divided.items), written))
    click.echo(splitting.table(divided, shares), nl=False)
    click.echo(splitting.note(divided), nl=False, err=True)


@data_group.command("audit")
@_data
@_manifest
@click.option("--split", default="dev", show_default=True)
@click.option("--most", type=click.IntRange(1), default=3, show_default=True, help="Facts for each contest.")
@click.option("--look", is_flag=True, help="Also open every file: what the background alone tells.")
@_no_cache
@_processes
def audit_command(
    *,
    data: Path | None,
    manifest: str,
    split: str,
    most: int,
    look: bool,
    no_cache: bool,
    processes: int,
) -> None:
    """Print what the files alone tell of forged and genuine: facts such as size and codec, one by one and together."""
    from facewarden.lab import audit, dataset, joint_audit

    items = dataset.load(data, manifest).select(split=split)
    click.echo(audit.markdown(audit.audit(items), most=most), nl=False)
    looks = None
    if look:
        seen = _opened(items, most=None, cache=not no_cache, processes=processes).seen
        looks = {one.item: one.look for one in seen}
    click.echo()
    click.echo(joint_audit.markdown(joint_audit.audit(items, looks)), nl=False)


def _opened(items: Sequence[Item], *, most: int | None, cache: bool, processes: int) -> Opened:
    from facewarden.lab.content_leaks import CACHE, opened

    return opened(items, most=most, cache=CACHE if cache else None, processes=processes, hook=_say)


def _say(step: str, completed: int, total: int) -> None:
    if completed % 100 == 0 or completed == total:
        click.echo(f"{step}: {completed} of {total}", err=True)
