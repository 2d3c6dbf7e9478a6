"""``facewarden lab examples``: make the examples anew."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("examples")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("examples"),
    show_default=True,
    help="Folder to write into.",
)
def examples_command(*, output: Path) -> None:
    """Make the example photos and clips anew: genuine ones, and forgeries that carry all marks.

    The people are shown in official portraits in the public domain. Needs the extra: facewarden[lab].
    """
    from facewarden.lab.examples import write_examples

    for path in write_examples(output):
        click.echo(path)
