"""``facewarden lab twins``: forgeries in bulk with their genuine twins, for training."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("twins")
@click.option(
    "--stores",
    type=_FOLDER,
    default=Path(".cache/stores"),
    show_default=True,
    help="What prepare wrote; the twins are stored beside it.",
)
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Fields of TwinPlan, as JSON."
)
@click.option("--work", type=_FOLDER, required=True, help="Folder for checkpoints and marked previews.")
def twins_command(*, stores: Path, config: Path | None, work: Path) -> None:
    """Train small generators on the stored faces and forge with them, for `lab train` to learn from.

    There must be faces of 20 people or more. Pictures that the nudity check flags are left out, and the lab's log has
    a line for each run. The generators are deleted at the end. What stays is a store of faces beside the others: keep
    it out of version control, and delete it when you are done. Interrupted, the same command goes on.
    """
    from facewarden.cli.steps import shown_steps
    from facewarden.lab.generators.twin_plan import read_plan
    from facewarden.lab.generators.twins import make_twins

    plan = read_plan(config)
    with shown_steps() as hook:
        made = make_twins(stores, work, plan, hook=hook)
    click.echo(f"{made} pairs")
