"""Taking a file in: sealed and read back first, then exchanged for its stub.

The file is at its place, or under the hidden name beside it, until that is deleted; from then on it is in the vault.
Each step is durable before the next::

    1  seal the content, and the report that comes with it, into incoming/, with their digests
    2  enter quarantine.begun
    3  give the sealed files their places
    4  write the stub beside the file
    5  rename the file to the hidden name
    6  read what was sealed back; compare the hidden one with it once more
    7  put the stub in the file's place
    8  delete the hidden file
    9  enter quarantine.done

Before 5 an interrupted quarantine is undone, after it is finished; if the file that was set aside is not what was
sealed, as somebody still wrote to it, it is put back.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from facewarden.errors import FacewardenError, TamperedError, UsageError
from facewarden.sealed.durable import draft, place_new, remove, storing, sync_folder
from facewarden.vault.cases import Case, State, next_number
from facewarden.vault.custody.entry import Deed
from facewarden.vault.custody.log import KEEPER
from facewarden.vault.place import Open, beside, holds, opened, path_of, spelled
from facewarden.vault.store import Facts, Store
from facewarden.vault.stub import read_stub, stub_line

log = logging.getLogger(__name__)

_CHANGED = "the file was written to while it was taken"


def quarantine(
    store: Store,
    path: Path,
    *,
    actor: str,
    reason: str,
    destroy_after: dt.date | None = None,
    about: Mapping[str, Any] | None = None,
    report: bytes | None = None,
    reports: Mapping[str, bytes] | None = None,
) -> Case:
    """Move the file at `path` into the vault and leave a stub.

    Args:
        report: what was found in the file, as JSON; kept sealed for as long as the file is.
        reports: instead of `report`, several by the SHA-256 of the file that each is on; the one on this file is kept.

    Raises:
        UsageError: it is no regular file with one name, lies in the vault, is a stub, changed meanwhile, or none of
            the `reports` is on it; it stays where it was.
        StorageError: vault or folder cannot be written; the file stays where it was.
    """
    with opened(path) as source:
        _refuse_ours(store, source.path)
        incoming = store.objects.receive(source)
        arriving = [incoming]
        try:
            if reports is not None and (report := reports.get(incoming.sha256)) is None:
                raise UsageError(f"{path} was not taken: the report that was named is not on this very file.")
            beside_it = None if report is None else store.objects.receive(io.BytesIO(report))
            arriving += [] if beside_it is None else [beside_it]
            if not source.same():
                raise UsageError(f"{path} was not taken: {_CHANGED}. Try again when nobody writes to it.")
            facts = Facts(
                place=spelled(source.path),
                sha256=incoming.sha256,
                size=incoming.size,
                mode=source.found.st_mode & 0o777,
                mtime_ns=source.found.st_mtime_ns,
                reason=reason,
                about=dict(about or {}),
                report_sha256=beside_it.sha256 if beside_it else None,
            )
            number = next_number(store.cases, store.today().year)
            details = {
                "address": incoming.address,
                "destroy_after": destroy_after.isoformat() if destroy_after else None,
                **({"report": beside_it.address} if beside_it else {}),
            }
            store.enter(Deed("quarantine.begun", actor, number, details, facts.model_dump()))
            try:
                for sealed in arriving:
                    store.objects.keep(sealed)
                _write_stub(store, store.cases[number], source.path)
                _set_aside(source, beside(source.path, number, store.card.vault, "original"))
                conclude(store, store.cases[number])
            except FacewardenError:
                # What can be undone is; what cannot waits for the next to open the vault.
                with suppress(FacewardenError):
                    if store.cases[number].pending:
                        conclude(store, store.cases[number])
                raise
        finally:
            for sealed in arriving:
                store.objects.drop(sealed)
    case = store.cases[number]
    if case.state is State.NEVER:
        why = case.last.content.details.get("why")
        raise UsageError(f"{path} was not taken: {why}. Try again when nobody writes to it.")
    return case


def conclude(store: Store, case: Case) -> None:
    """Finish or undo the quarantine of `case`, whatever of it was done.

    Raises:
        StorageError: it cannot be told or done yet; it stays begun.
    """
    facts = store.facts(case)
    place = path_of(facts.place)
    aside = beside(place, case.number, store.card.vault, "original")
    whole = _whole(store, case.address)
    # Without its report it is not taken; but once it is in the vault alone, it is kept whatever became of the report.
    complete = whole and (case.report is None or _whole(store, case.report))
    if complete and holds(aside, facts.sha256, facts.size):
        stub = _leave_stub(store, case, place)
        with storing(aside):
            remove(aside)
        _done(store, case, stub=stub)
    elif os.path.lexists(aside) and not holds(place, facts.sha256, facts.size):
        _put_back(store, case, aside, place)
        _undone(store, case, place, _CHANGED if complete else "what was sealed could not be read back")
    elif holds(place, facts.sha256, facts.size):
        _undone(store, case, place, "it was interrupted")
    elif whole:
        _done(store, case, stub=_leave_stub(store, case, place))
    else:
        _undone(store, case, place, "the file went away while it was taken")


def _set_aside(source: Open, aside: Path) -> None:
    with storing(source.path):
        found = source.path.lstat()
        if (found.st_dev, found.st_ino) != (source.found.st_dev, source.found.st_ino):
            raise UsageError(f"{source.path} was replaced while it was taken. Try again.")
        if os.path.lexists(aside):
            raise UsageError(f"{aside} is in the way. Move it elsewhere, then try again.")
        source.path.rename(aside)
        sync_folder(aside.parent)


def _leave_stub(store: Store, case: Case, place: Path) -> bool:
    """Whether the stub is at `place` in the end: somebody's new file there stays."""
    part = _stub_beside(store, case, place)
    if not _is_stub(store, case, place):
        _write_stub(store, case, place)
        with storing(place):
            try:
                place_new(part, place)
            except FileExistsError:
                log.warning("something new lies where the file of %s was; no stub is left", case.number)
                remove(part)
                return False
    with storing(part):
        remove(part)
    return True


def _write_stub(store: Store, case: Case, place: Path) -> None:
    part = _stub_beside(store, case, place)
    if _is_stub(store, case, part):
        return
    begun = case.begun
    line = stub_line(case.number, begun.content.at, store.head_at(begun), store.signer)
    with storing(part):
        remove(part)
    with draft(part, mode=0o644) as file:
        file.write(line)


def _stub_beside(store: Store, case: Case, place: Path) -> Path:
    return beside(place, case.number, store.card.vault, "stub")


def _is_stub(store: Store, case: Case, path: Path) -> bool:
    found = read_stub(path, store.signer)
    return found is not None and found.case == case.number


def _put_back(store: Store, case: Case, aside: Path, place: Path) -> None:
    with storing(place):
        if _is_stub(store, case, place):
            remove(place)
        try:
            place_new(aside, place)
        except FileExistsError:
            # Both are somebody's: the one that was set aside gets a name that can be seen.
            place_new(aside, place.with_name(f"{case.number} {place.name}"))


def _done(store: Store, case: Case, *, stub: bool) -> None:
    store.enter(Deed("quarantine.done", _actor(case), case.number, {"stub": stub}))


def _undone(store: Store, case: Case, place: Path, why: str) -> None:
    with storing(place):
        remove(_stub_beside(store, case, place))
    store.enter(Deed("quarantine.undone", KEEPER, case.number, {"why": why}))
    store.discard(case)


def _whole(store: Store, address: str) -> bool:
    try:
        store.objects.check(address)
    except TamperedError:
        return False
    return True


def _actor(case: Case) -> str:
    return case.begun.content.actor


def _refuse_ours(store: Store, place: Path) -> None:
    root = store.layout.root.resolve()
    if root == place or root in place.parents:
        raise UsageError(f"{place} belongs to the vault itself.")
    if (stub := read_stub(place, store.signer)) is not None:
        raise UsageError(f"{place} is the stub of case {stub.case} already.")
