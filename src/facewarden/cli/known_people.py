"""The people of ``check --people``: their names and templates, opened with the key of their store."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.faces.likeness import Likeness


def known_people(store: Path, *, passphrase_file: Path | None = None) -> Likeness:
    """Open the store of enrolled people in the folder `store`.

    Raises:
        UsageError: there is no such store, nobody in it may be looked for, or its passphrase cannot be asked for.
        SealedError: its key is lost, the passphrase is another one, or something in it was altered.
    """
    from facewarden.cli.passphrase import passphrase
    from facewarden.faces.likeness import Likeness
    from facewarden.sealed.key_file import open_key
    from facewarden.sealed.key_ring import SystemKeyRing

    # By name: the room of people stands above this one's needs, and is loaded only for those who ask for it.
    layout = importlib.import_module("facewarden.protect.layout")
    registries = importlib.import_module("facewarden.protect.registry")
    if not layout.Layout(store).card.is_file():
        raise UsageError(
            f"There is no store of people in {store}. Name the folder that `facewarden protect` made."
        )
    key = open_key(
        layout.Layout(store).key, passphrase=lambda: passphrase(passphrase_file), ring=SystemKeyRing()
    )
    registry = registries.Registry.load(store, key)
    people = Likeness(registry, spend=registry.spend, name_of=registry.name_of)
    if not len(people):
        raise UsageError(
            f"Nobody in the store {store} may be looked for: enrol somebody, or renew a consent."
        )
    return people
