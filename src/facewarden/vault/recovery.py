"""Brings a vault to where it was or should be after a command was interrupted: by a crash, a kill, a full disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from facewarden.errors import StorageError
from facewarden.sealed.durable import PART, storing
from facewarden.vault import destruction, handing_out, quarantine
from facewarden.vault.cases import Case, follow
from facewarden.vault.evidence import package
from facewarden.vault.store import Store

log = logging.getLogger(__name__)

_CONCLUSIONS: Mapping[str, Callable[[Store, Case], None]] = {
    "quarantine.begun": quarantine.conclude,
    "restore.begun": handing_out.conclude_restore,
    "release.begun": handing_out.conclude_release,
    "package.begun": package.conclude,
    "destroy.begun": destruction.conclude_destruction,
}


def recover(store: Store) -> None:
    """Read the log and conclude whatever it says was begun.

    A case whose folder cannot be reached now stays begun: the others are not held up by it.

    Raises:
        TamperedError: log and head do not fit.
        StorageError: the vault itself cannot be written.
    """
    tail = store.log.load()
    store.log.repair(tail)
    for entry in store.log.entries:
        follow(store.cases, entry)
    _sweep(store)
    for case in list(store.cases.values()):
        if case.pending is not None:
            conclude(store, case)
    leftovers = store.objects.addresses()
    for case in store.cases.values():
        if not (case.state.held or case.pending) and leftovers.intersection(case.addresses):
            store.discard(case)
    destruction.write_receipts(store)


def conclude(store: Store, case: Case) -> None:
    """Finish or undo what was begun with `case`, where that is possible now."""
    assert case.pending is not None
    action = case.pending.content.action
    try:
        _CONCLUSIONS[action](store, case)
    except StorageError as error:
        log.warning("%s of %s cannot be concluded yet: %s", action.partition(".")[0], case.number, error)


def _sweep(store: Store) -> None:
    """Delete our own unfinished files: whoever has the vault alone knows that nobody writes them any more."""
    store.objects.clear_incoming()
    for folder in (store.layout.root, store.layout.receipts):
        with storing(folder):
            for path in folder.glob(f".*{PART}"):
                path.unlink()
