"""``facewarden lab data``: manifests of collections, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("data")
def data_group() -> None:
    """Make manifests, and look for leaks and shortcuts in collections."""


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
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option("--names-only", is_flag=True, help="Do not compare the files' bytes.")
def leaks_command(*, data: Path | None, names_only: bool) -> None:
    """Look for people, pairs and files that stand in more than one split; exit code 1 where there are any."""
    from facewarden.lab import dataset

    found = dataset.leaks(dataset.load(data).items, contents=not names_only)
    for line in found:
        click.echo(line)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("Nothing stands in more than one split.", err=True)


@data_group.command("audit")
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option("--split", default="dev", show_default=True)
@click.option("--most", type=click.IntRange(1), default=3, show_default=True, help="Facts for each contest.")
def audit_command(*, data: Path | None, split: str, most: int) -> None:
    """Print which facts of the files alone, such as size or codec, tell forged from genuine."""
    from facewarden.lab import audit, dataset

    items = dataset.load(data).select(split=split)
    click.echo(audit.markdown(audit.audit(items), most=most), nl=False)
