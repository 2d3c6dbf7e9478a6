"""Enrolled people for other commands: their names and templates, opened with the key of their store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.cli.protect_door import place_and_key
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.faces.likeness import Likeness


def known_people(store: Path, *, passphrase_file: Path | None = None) -> Likeness:
    """Open the store of enrolled people in the folder `store`.

    Raises:
        UsageError: there is no such store, nobody in it may be looked for, or its passphrase cannot be asked for.
        SealedError: its key is lost, the passphrase is another one, or something in it was altered.
    """
    from facewarden.faces.likeness import Likeness
    from facewarden.protect.registry import Registry

    registry = Registry.load(*place_and_key(store, passphrase_file))
    people = Likeness(registry, spend=registry.spend, name_of=registry.name_of)
    if not len(people):
        raise UsageError(
            f"Nobody in the store {store} may be looked for: enrol somebody, or renew a consent."
        )
    return people


def names_of_people(store: Path, *, passphrase_file: Path | None = None) -> Callable[[str], str | None]:
    """Finds the name of a person by the id that was written down; None where she is not in `store` any more.

    Raises:
        UsageError, SealedError: as `known_people`, but nobody need be there.
    """
    from facewarden.protect.registry import Registry

    registry = Registry.load(*place_and_key(store, passphrase_file))

    def name_of(person: str) -> str | None:
        try:
            return registry.name_of(person)
        except KeyError:
            return None

    return name_of
