"""Destroying evidence: only when a person says so, with a reason, and where the vault asks for it a second person.

What begins is finished, as half a file is no evidence. The receipt follows from the log alone, so that it can be
written again after an interruption, and compared.
"""

from __future__ import annotations

from pathlib import Path

from facewarden.errors import TamperedError, UsageError
from facewarden.sealed.durable import write_whole
from facewarden.vault.attended import Confirmed, refuse_rules
from facewarden.vault.cases import Case, State
from facewarden.vault.custody.entry import Deed, Entry
from facewarden.vault.store import Store

RECEIPT = "facewarden.receipt"


def destroy(
    store: Store,
    number: str,
    *,
    actor: str,
    reason: str,
    confirmation: str,
    how: Confirmed = Confirmed.PROGRAM,
) -> Path | None:
    """Destroy the file of a case for good.

    Args:
        reason: in the words of `actor`; stands in the receipt.
        confirmation: the case's number, typed by the person: nothing that works by itself may make it up.
        how: that was given, for log and receipt.

    Returns:
        the receipt, None where a second person has to agree first.

    Raises:
        UsageError: no reason or no confirmation was given, the vault does not hold the file, or a rule started this.
        StorageError: the vault cannot be written.
    """
    refuse_rules()
    case = store.held(number)
    if confirmation != number:
        raise UsageError(f"To destroy the file of case {number} for good, type its number as confirmation.")
    if not reason.strip():
        raise UsageError("Evidence is destroyed for a reason only. Give it with --reason.")
    given = {"confirmed": how.value}
    others = [entry for entry in case.approvals if entry.content.actor != actor]
    if store.card.two_person and not others:
        store.enter(Deed("destroy.approved", actor, number, given, {"reason": reason}))
        return None
    agreed = sorted(entry.content.actor for entry in others)
    store.enter(Deed("destroy.begun", actor, number, {"agreed": agreed, **given}, {"reason": reason}))
    conclude_destruction(store, store.cases[number])
    return receipt_path(store, number)


def withdraw(store: Store, number: str, *, actor: str, reason: str) -> None:
    """Take back every approval to destroy a case; anybody may. Raises UsageError, StorageError."""
    case = store.held(number)
    if not case.approvals:
        raise UsageError(f"Nobody has agreed to destroy case {number}.")
    store.enter(Deed("destroy.withdrawn", actor, number, private={"reason": reason}))


def conclude_destruction(store: Store, case: Case) -> None:
    """Finish the destruction of `case`. Raises StorageError where that must wait."""
    assert case.pending is not None
    kept = store.shared(case, case.address)
    store.discard(case)
    store.enter(Deed("destroy.done", case.pending.content.actor, case.number, {"kept_for_others": kept}))
    write_receipts(store)


def write_receipts(store: Store) -> None:
    """Write those receipts that are not there. Raises StorageError."""
    for case in store.cases.values():
        if case.state is State.DESTROYED and not (path := receipt_path(store, case.number)).exists():
            write_whole(path, receipt_line(store, case), mode=0o644)


def receipt_path(store: Store, number: str) -> Path:
    return store.layout.receipts / f"{number}.json"


def receipt_line(store: Store, case: Case) -> bytes:
    """The receipt of a destroyed case; the same at any time."""
    done, begun = _ends(case)
    content = {
        "address": case.address,
        "agreed": begun.content.details.get("agreed", []),
        "at": done.content.at,
        "by": begun.content.actor,
        "case": case.number,
        "head": store.head_at(done).model_dump(),
        "kept_for_others": done.content.details.get("kept_for_others"),
        "opened_at": case.opened_at,
        "reason": store.private(begun).get("reason", ""),
    }
    if "confirmed" in begun.content.details:
        # Entries of older programs do not say it, and a receipt is what follows from them.
        content["confirmed"] = begun.content.details["confirmed"]
    return store.signer.signed(RECEIPT, content) + b"\n"


def _ends(case: Case) -> tuple[Entry, Entry]:
    done = next((entry for entry in case.entries if entry.content.action == "destroy.done"), None)
    begun = next((entry for entry in case.entries if entry.content.action == "destroy.begun"), None)
    if done is None or begun is None:
        raise TamperedError(f"The log does not say how case {case.number} was destroyed.")
    return done, begun
