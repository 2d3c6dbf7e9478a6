"""What a watch that is not at work saw of people, dropped at once; one that is drops it itself with its next scan."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path

from facewarden.sealed.durable import storing
from facewarden.sealed.sole import alone
from facewarden.watch import state as states
from facewarden.watch.session import DATABASE


def forget_sightings(folder: Path, people: AbstractSet[str]) -> None:
    """Drop the sightings of `people`, by id, and of their material, from the state in `folder`, if there is one.

    Raises:
        UsageError: a watch is at work there.
        StorageError: the state cannot be read or written.
    """
    with storing(folder):
        there = (folder / DATABASE).is_file()
    if not people or not there:
        return
    with alone(folder), states.opened(folder / DATABASE) as state:
        state.forget_people(people.__contains__)
