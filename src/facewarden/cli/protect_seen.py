"""What a watch counted of people goes when they do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.errors import StorageError, UsageError

if TYPE_CHECKING:
    from facewarden.protect.person import Person

state_option = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the watch whose sightings of the person go, too.  [default: that of facewarden watch]",
)


def forget_sightings_of(people: Sequence[Person], state: Path | None) -> None:
    """Drop them, or say why not, as a watch that is at work does so itself. Raises StorageError."""
    from facewarden.cli.watch import default_state
    from facewarden.watch.forgetting import forget_sightings

    place = state or default_state()
    try:
        forget_sightings(place, {person.id for person in people})
    except StorageError:
        raise
    except UsageError as error:
        click.echo(f"{error} What a watch counted there it drops itself, with its next scan.", err=True)
