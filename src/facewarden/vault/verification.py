"""Compares everything in a vault with what was written, names each fault, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from facewarden.errors import LostKeyError, SealedError, TamperedError, UsageError
from facewarden.sealed.key_file import in_ring
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.sole import LOCK
from facewarden.vault.anchor import read_anchor
from facewarden.vault.cases import Case, State, follow
from facewarden.vault.custody.examination import contradictions, examine
from facewarden.vault.custody.head import Head
from facewarden.vault.custody.log import Clock
from facewarden.vault.destruction import receipt_line, receipt_path
from facewarden.vault.fault import Fault, Kind
from facewarden.vault.identity import identity
from facewarden.vault.layout import Layout
from facewarden.vault.place import path_of
from facewarden.vault.store import Store
from facewarden.vault.stub import read_stub


def verify(
    layout: Layout, key: MasterKey, *, clock: Clock, anchors: Sequence[Path] = ()
) -> tuple[Fault, ...]:
    """Every fault of the vault. Whoever calls has its folder alone.

    Args:
        anchors: packages, receipts, stubs or heads of former times, through which the vault must have passed.

    Raises:
        UsageError: an anchor is none of this vault.
    """
    try:
        found = identity(layout, key)
    except TamperedError as error:
        return (Fault("changed", layout.card.name, str(error)), *_key_faults(layout))
    faults = list(found.faults)
    faults += _key_faults(layout)
    if found.signer is None:
        return tuple(faults)
    heads = [read_anchor(path, found.signer) for path in anchors]
    store = Store.of(layout, found.card, found.signer, key, clock)
    examined = examine(layout.log, layout.head, found.signer, vault=found.card.vault)
    faults += examined.faults
    sound = not any(fault.damage for fault in examined.faults)
    try:
        for entry in examined.entries:
            follow(store.cases, entry)
    except TamperedError as error:
        # Where entries are gone the rest cannot be followed; that was said already.
        if sound:
            faults.append(Fault("changed", layout.log.name, str(error)))
        return tuple(faults + _strangers(store))
    stubs, outside = _stubs(store)
    if sound:
        faults += contradictions(examined.entries, [*heads, *stubs], layout.log.name)
    faults += _objects(store)
    faults += _receipts(store)
    faults += [_pending(case) for case in store.cases.values() if case.pending is not None]
    faults += _strangers(store)
    return tuple(faults + outside)


def _key_faults(layout: Layout) -> list[Fault]:
    try:
        in_ring(layout.key)
    except LostKeyError as error:
        return [Fault("missing", layout.key.name, str(error))]
    except (SealedError, UsageError) as error:
        return [Fault("changed", layout.key.name, str(error))]
    return []


def _objects(store: Store) -> list[Fault]:
    faults, checked = list[Fault](), dict[str, TamperedError | None]()
    for case in store.cases.values():
        if not case.state.held:
            continue
        for address in case.addresses:
            if address not in checked:
                checked[address] = _fault_of(store, address)
            if (error := checked[address]) is not None:
                kind: Kind = "changed" if address in store.objects else "missing"
                path = store.objects.path(address).relative_to(store.layout.root)
                whose = (
                    f"The report of case {case.number}" if address == case.report else f"Case {case.number}"
                )
                faults.append(Fault(kind, str(path), f"{whose}: {error}"))
    cases = store.cases.values()
    known = {address for case in cases for address in case.addresses}
    needed = {address for case in cases if case.state.held or case.pending for address in case.addresses}
    for address in sorted(store.objects.addresses() - needed):
        where = str(store.objects.path(address).relative_to(store.layout.root))
        if address in known:
            faults.append(
                Fault("unfinished", where, "The vault no longer holds this file; it is to be deleted.")
            )
        else:
            faults.append(Fault("inserted", where, "No case knows this file."))
    return faults


def _fault_of(store: Store, address: str) -> TamperedError | None:
    try:
        store.objects.check(address)
    except TamperedError as error:
        return error
    return None


def _receipts(store: Store) -> list[Fault]:
    faults, known = list[Fault](), set[Path]()
    for case in store.cases.values():
        if case.state is not State.DESTROYED:
            continue
        path = receipt_path(store, case.number)
        known.add(path)
        where = str(path.relative_to(store.layout.root))
        try:
            if path.read_bytes() != receipt_line(store, case):
                faults.append(Fault("changed", where, "The receipt is not the one that was written."))
        except FileNotFoundError:
            faults.append(Fault("missing", where, f"There is no receipt for case {case.number}."))
        except OSError as error:
            faults.append(Fault("changed", where, f"The receipt cannot be read: {error.strerror or error}."))
    found = store.layout.receipts.rglob("*")
    faults += [
        _stranger(store, path) for path in sorted(found) if path not in known and not _unfinished(path)
    ]
    return faults


def _stubs(store: Store) -> tuple[list[Head], list[Fault]]:
    heads, faults = list[Head](), list[Fault]()
    for case in store.cases.values():
        if not (case.state.held and case.stub and case.pending is None):
            continue
        stub = read_stub(path_of(store.facts(case).place), store.signer)
        if stub is not None and stub.case == case.number:
            heads.append(stub.head)
        else:
            faults.append(
                Fault("note", case.number, "Its stub is not where it was left, or its folder is not there.")
            )
    return heads, faults


def _pending(case: Case) -> Fault:
    action = case.pending.content.action.partition(".")[0] if case.pending else ""
    return Fault(
        "unfinished", case.number, f"A {action} was interrupted; the next command of the vault concludes it."
    )


def _strangers(store: Store) -> list[Fault]:
    layout = store.layout
    files = {layout.card, layout.key, layout.signing_key, layout.public_key, layout.log, layout.head}
    known = files | {layout.objects, layout.receipts, layout.incoming, layout.root / LOCK}
    paths = [path for path in layout.root.iterdir() if path not in known]
    paths += store.objects.strangers()
    paths += list(layout.incoming.iterdir()) if layout.incoming.is_dir() else []
    return [
        replace(_stranger(store, path), kind="unfinished") if _unfinished(path) else _stranger(store, path)
        for path in sorted(paths)
    ]


def _stranger(store: Store, path: Path) -> Fault:
    return Fault("inserted", str(path.relative_to(store.layout.root)), "It is no part of the vault.")


def _unfinished(path: Path) -> bool:
    return (
        path.name.startswith(".") and path.name.endswith(".part") and path.is_file() and not path.is_symlink()
    )
