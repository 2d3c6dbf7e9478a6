"""``facewarden lab forgeries``: how well the lab's own forgeries are found."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("forgeries")
@click.option(
    "--stores", type=_FOLDER, default=".cache/stores", show_default=True, help="What prepare wrote."
)
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    metavar="NAME[,PARAMETER=VALUE...]",
    help="Instead of the usual ones; may be repeated.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Genuine faces for each attack.",
)
@click.option("--model", type=_FOLDER, help="Folder of a bundle, instead of the model in use.")
@click.option(
    "--write", type=_FILE, metavar="FILE.md", help="Also write the table between the marks of a page."
)
def forgeries_command(
    *, stores: Path, attacks: tuple[str, ...], count: int, model: Path | None, write: Path | None
) -> None:
    """Forge genuine faces of the split dev in memory, attack by attack, and tell how many the network finds."""
    from facewarden.lab.study.own_forgeries import ATTACKS, SLOT, measure, render
    from facewarden.models import registry
    from facewarden.models.bundle import Bundle

    if write is not None:
        SLOT.surroundings(write)
    bundle = Bundle(model.name, model) if model else registry.in_use()
    found = measure(stores, bundle, attacks or ATTACKS, count=count, hook=_say)
    text = render(found, count=count)
    if write is not None:
        SLOT.write(text, write)
    click.echo(text, nl=False)


def _say(completed: int, total: int) -> None:
    if completed % 500 == 0 or completed == total:
        click.echo(f"forgeries: {completed} of {total}", err=True)
