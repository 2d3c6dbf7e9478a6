"""``facewarden lab launder``: do to a file what happens to it on its way."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("launder")
@click.argument("source", metavar="INPUT", type=_FILE)
@click.option(
    "-o", "--output", type=_FILE, required=True, help="Where it goes: .jpg or .png, .mp4 for a clip."
)
@click.option(
    "--step",
    "steps",
    multiple=True,
    required=True,
    help="crf=28 (H.264), hevc=28, jpeg=50, 480p, border=20, sticker=80, screenshot=80, screen=3; may be repeated.",
)
def launder_command(*, source: Path, output: Path, steps: tuple[str, ...]) -> None:
    """Do to a photo or a clip what platforms, messengers and screens do, step by step in the given order.

    Meant for genuine files and for forgeries alike, so that detectors are tested on both. What shows any sign of the
    lab (name, invisible mark, credentials) or declares AI comes out with all marks of the lab; only a file without such
    a sign is written without marks.
    """
    from facewarden.cli.steps import shown_steps
    from facewarden.lab.attacks.launder import parse
    from facewarden.lab.laundering import launder_file

    parsed = parse("+".join(steps))
    with shown_steps() as hook:
        written, signs = launder_file(source, output, parsed, hook=hook)
    if signs:
        click.echo(f"marked as made in the lab, because of: {', '.join(signs)}", err=True)
    click.echo(written)
