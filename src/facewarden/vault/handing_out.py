"""Giving a file out of the vault: back to a place (restore) or as a copy (release).

What leaves is announced in the log before the first byte is read, written beside its place, compared with the digest of
what was taken, and only then given its name, which must be free or that of the case's own stub. An interrupted restore
or release is undone unless the file has its name already; then it is concluded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from facewarden.errors import FacewardenError, UsageError
from facewarden.sealed.durable import draft, place_new, remove, storing, sync_folder
from facewarden.vault.cases import Case
from facewarden.vault.custody.entry import Deed
from facewarden.vault.custody.log import KEEPER
from facewarden.vault.place import beside, holds, path_of, settled, spelled
from facewarden.vault.store import Store
from facewarden.vault.stub import read_stub


def restore(store: Store, number: str, *, actor: str, reason: str, to: Path | None = None) -> Path:
    """Put the file of a case back to where it was, or to the new place `to`, and let go of it.

    Returns:
        where it lies now.

    Raises:
        UsageError: there is no such case, the vault does not hold its file, or something else lies at the place.
        StorageError: the place cannot be written; the vault still holds the file.
        TamperedError: the sealed file is not what was taken; it stays.
    """
    case = store.held(number)
    facts = store.facts(case)
    target = settled(to if to is not None else path_of(facts.place))
    if os.path.lexists(target) and not _is_stub(store, case, target):
        raise UsageError(
            f"Something else lies at {target} now. Move it away, or name another place with --to."
        )
    private = {"place": spelled(target), "reason": reason}
    store.enter(Deed("restore.begun", actor, number, private=private))
    with _undoing(store, number):
        _write(store, case, target, as_it_was=True)
        aside = beside(target, number, store.card.vault, "stub")
        with storing(target):
            if _is_stub(store, case, target):
                target.rename(aside)
                sync_folder(target.parent)
            _name(store, case, target)
        conclude_restore(store, store.cases[number])
    return target


def conclude_restore(store: Store, case: Case) -> None:
    """Finish or undo the restore of `case`, whatever of it was done. Raises StorageError where that must wait."""
    target, actor = _target(store, case)
    facts = store.facts(case)
    part, aside = _parts(store, case, target)
    arrived = holds(target, facts.sha256, facts.size)
    with storing(target):
        remove(part)
        if not arrived and os.path.lexists(aside) and not os.path.lexists(target):
            place_new(aside, target)
        remove(aside)
    if not arrived:
        store.enter(Deed("restore.undone", KEEPER, case.number))
        return
    origin = path_of(facts.place)
    if origin != target and _is_stub(store, case, origin):
        with storing(origin):
            remove(origin)
    store.enter(Deed("restore.done", actor, case.number))
    store.discard(store.cases[case.number])


def release(store: Store, number: str, *, actor: str, reason: str, to: Path) -> Path:
    """Hand out a copy of the file of a case at the new place `to`; the vault keeps the file.

    Raises as `restore`.
    """
    case = store.held(number)
    target = settled(to)
    if os.path.lexists(target):
        raise UsageError(f"There is something at {target} already. Name another place.")
    private = {"place": spelled(target), "reason": reason}
    store.enter(Deed("release.begun", actor, number, private=private))
    with _undoing(store, number):
        _write(store, case, target, as_it_was=False)
        with storing(target):
            _name(store, case, target)
        conclude_release(store, store.cases[number])
    return target


def conclude_release(store: Store, case: Case) -> None:
    """Finish or undo the release of `case`. Raises StorageError where that must wait."""
    target, actor = _target(store, case)
    facts = store.facts(case)
    arrived = holds(target, facts.sha256, facts.size)
    part, _ = _parts(store, case, target)
    with storing(target):
        remove(part)
    store.enter(
        Deed("release.done", actor, case.number) if arrived else Deed("release.undone", KEEPER, case.number)
    )


def read(store: Store, number: str, *, actor: str, reason: str) -> Iterator[bytes]:
    """The content of a case, chunk by chunk; that it is read is in the log when this returns.

    Raises:
        UsageError: the vault does not hold it.
        TamperedError: later, as `ObjectStore.read`.
    """
    case = store.held(number)
    store.enter(Deed("evidence.read", actor, number, private={"reason": reason}))
    return store.objects.read(case.address)


@contextmanager
def _undoing(store: Store, number: str) -> Iterator[None]:
    """Undo what is pending of the case when the block fails; what cannot be undone waits for the next to open."""
    try:
        yield
    except FacewardenError:
        case = store.cases[number]
        if case.pending is not None:
            conclude = {"restore.begun": conclude_restore, "release.begun": conclude_release}
            with suppress(FacewardenError):
                conclude[case.pending.content.action](store, case)
        raise


def _write(store: Store, case: Case, target: Path, *, as_it_was: bool) -> None:
    facts = store.facts(case)
    part, _ = _parts(store, case, target)
    with storing(part):
        remove(part)
    with draft(part) as file:
        for chunk in store.objects.read(case.address):
            file.write(chunk)
        if as_it_was:
            os.utime(part, ns=(facts.mtime_ns, facts.mtime_ns))
            part.chmod(facts.mode & 0o777)


def _name(store: Store, case: Case, target: Path) -> None:
    part, _ = _parts(store, case, target)
    try:
        place_new(part, target)
    except FileExistsError as error:
        raise UsageError(f"Something appeared at {target} meanwhile. Name another place.") from error


def _target(store: Store, case: Case) -> tuple[Path, str]:
    """Where the file goes, and who asked for it."""
    assert case.pending is not None
    return path_of(store.private(case.pending)["place"]), case.pending.content.actor


def _parts(store: Store, case: Case, target: Path) -> tuple[Path, Path]:
    """The names beside `target` for the file that comes and for the stub that gives way."""
    vault = store.card.vault
    return beside(target, case.number, vault, "arriving"), beside(target, case.number, vault, "stub")


def _is_stub(store: Store, case: Case, path: Path) -> bool:
    found = read_stub(path, store.signer)
    return found is not None and found.case == case.number
