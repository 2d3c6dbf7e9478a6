"""``facewarden lab evasion``: what an attacker who has our network gets past it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("evasion")
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option(
    "--count", type=click.IntRange(min=1), default=40, show_default=True, help="Forgeries to attack."
)
@click.option(
    "--how",
    "hows",
    type=click.Choice(["gradient", "score", "aware"]),
    multiple=True,
    default=("gradient", "score", "aware"),
    show_default=True,
    help="Gradient of our network, its score alone, or its gradient and that of the second look; may be repeated.",
)
@click.option(
    "--budget", "budgets", type=click.FloatRange(30, 60), multiple=True, default=(48.0, 44.0, 40.0, 36.0),
    show_default=True, help="PSNR in dB of what is changed; may be repeated.",
)  # fmt: skip
@click.option(
    "--steps", type=click.IntRange(1, 500), default=20, show_default=True, help="Steps within each budget."
)
@click.option(
    "--queries",
    type=click.IntRange(10, 20_000),
    default=300,
    show_default=True,
    help="Looks of the detector within each budget.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="Forgeries attacked at once.",
)
@click.option("--seed", type=int, default=0, show_default=True)
def evasion_command(
    *,
    data: Path | None,
    count: int,
    hows: tuple[Literal["gradient", "score", "aware"], ...],
    budgets: tuple[float, ...],
    steps: int,
    queries: int,
    processes: int,
    seed: int,
) -> None:
    """Attack forgeries that the check finds, until it calls them genuine, and print detection against budget.

    The forgeries come from the split dev of the data folder (DFDC, StyleGAN2), and from one-photo swaps that are made
    on its genuine photos; all of it in memory.
    """
    from facewarden.lab import dataset
    from facewarden.lab.bench.evasion import Plan, measure
    from facewarden.lab.bench.evasion_table import markdown

    # The same attacker named twice is one.
    plan = Plan(tuple(dict.fromkeys(hows)), budgets, steps=steps, queries=queries, seed=seed)
    outcomes = measure(dataset.load(data), plan, count=count, processes=processes, hook=_say)
    click.echo(markdown(outcomes), nl=False)


def _say(step: str, completed: int, total: int) -> None:
    click.echo(f"{step}: {completed} of {total}", err=True)
