"""The vault, as the rest of the house uses it."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from facewarden import places
from facewarden.errors import TamperedError, UsageError
from facewarden.sealed.durable import storing, write_whole
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.new import new_folder
from facewarden.sealed.sole import alone
from facewarden.vault import destruction, handing_out
from facewarden.vault.attended import Confirmed
from facewarden.vault.cases import Case, State
from facewarden.vault.custody.entry import Deed, stamp
from facewarden.vault.custody.head import Head
from facewarden.vault.custody.log import Clock, utc_now
from facewarden.vault.evidence.kept import kept_report
from facewarden.vault.evidence.package import Package, package
from facewarden.vault.fault import Fault
from facewarden.vault.identity import identity, new_signing_key
from facewarden.vault.layout import FORMAT, Layout
from facewarden.vault.quarantine import quarantine
from facewarden.vault.recovery import recover
from facewarden.vault.store import CARD, Facts, Store
from facewarden.vault.verification import verify

VARIABLE = "FACEWARDEN_VAULT"
WAIT_S = 10.0


def default_folder() -> Path:
    """The folder that FACEWARDEN_VAULT names, else ``facewarden/vault`` in the user's folder for data (XDG)."""
    return places.data("vault", VARIABLE)


def create(
    folder: Path,
    key: MasterKey,
    keep_key: Callable[[Path], None],
    *,
    actor: str,
    two_person: bool = False,
    clock: Clock = utc_now,
) -> None:
    """Make a vault in `folder`, which must not exist or be empty. It appears whole or not at all.

    Args:
        keep_key: writes `key` in its locked form to the path that it is given, as `sealed.key_file` does.
        two_person: whether evidence is destroyed only when two people agree.

    Raises:
        UsageError: there is something in the folder already.
        StorageError: it cannot be written.
    """
    with new_folder(folder) as part:
        layout = Layout(part)
        with storing(folder):
            for inner in (layout.objects, layout.receipts, layout.incoming):
                inner.mkdir(mode=0o700)
        vault = secrets.token_hex(16)
        signer, box = new_signing_key(vault, key)
        about = {
            "created": stamp(clock()),
            "format": FORMAT,
            "public_key": signer.raw().hex(),
            "two_person": two_person,
            "vault": vault,
        }
        write_whole(layout.card, signer.signed(CARD, about) + b"\n")
        write_whole(layout.signing_key, box)
        write_whole(layout.public_key, signer.pem(), mode=0o644)
        keep_key(layout.key)
        store = Store.of(layout, identity(layout, key).card, signer, key, clock)
        store.log.begin(Deed("vault.created", actor, details={"two_person": two_person, "vault": vault}))


@contextmanager
def opened(
    folder: Path, key: MasterKey, *, clock: Clock = utc_now, wait_s: float = WAIT_S
) -> Iterator[Vault]:
    """Open the vault in `folder` and keep everybody else out while the block runs.

    What an earlier command left unfinished is concluded first.

    Raises:
        UsageError: there is no vault, or another process keeps it longer than `wait_s`.
        StorageError: it cannot be written.
        TamperedError: it is not what was written. `faults_of` says where.
    """
    layout = existing(folder)
    with alone(folder, wait_s=wait_s):
        found = identity(layout, key)
        if found.faults or found.signer is None:
            fault = found.faults[0]
            raise TamperedError(f"{folder / fault.where}: {fault.sentence} See: facewarden vault verify.")
        store = Store.of(layout, found.card, found.signer, key, clock)
        recover(store)
        yield Vault(store)


def faults_of(
    folder: Path,
    key: MasterKey,
    *,
    anchors: Sequence[Path] = (),
    clock: Clock = utc_now,
    wait_s: float = WAIT_S,
) -> tuple[Fault, ...]:
    """What is wrong in the vault in `folder`; nothing in it is changed.

    Args:
        anchors: packages, receipts, stubs or heads of former times, through which the vault must have passed.

    Raises:
        UsageError: there is no vault, an anchor is none, or another process keeps it longer than `wait_s`.
    """
    layout = existing(folder)
    # On a read-only medium nobody can be at work, and no lock could be made.
    with alone(folder, wait_s=wait_s) if os.access(folder, os.W_OK) else nullcontext():
        return verify(layout, key, clock=clock, anchors=anchors)


def existing(folder: Path) -> Layout:
    """The vault in `folder`. Raises UsageError where there is none."""
    layout = Layout(folder)
    if not layout.card.is_file() and not layout.log.is_file():
        raise UsageError(
            f"There is no vault in {folder}. Make one with facewarden vault init, or name another folder with "
            f"--vault or ${VARIABLE}."
        )
    return layout


class Vault:
    """An open vault. Each method is durable when it returns; each that fails leaves a file where it was."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def two_person(self) -> bool:
        return self._store.card.two_person

    @property
    def head(self) -> Head:
        """The end of the custody log now."""
        return self._store.log.head

    @property
    def public_key_pem(self) -> bytes:
        """The public key of the vault, as a PEM file."""
        return self._store.signer.pem()

    @property
    def fingerprint(self) -> str:
        """What a receiver of evidence compares: SHA-256 of the public key in DER, as hex digits."""
        return self._store.signer.fingerprint()

    def relock(self, change: Callable[[], None], *, actor: str) -> None:
        """Have `change` alter what opens the vault's key, with an entry before and one after it.

        A log with the first entry alone says that the change may or may not have come about.
        """
        self._store.enter(Deed("key.relocking", actor))
        change()
        self._store.enter(Deed("key.relocked", actor))

    def cases(self) -> list[Case]:
        """All cases, oldest first."""
        return [case for case in self._store.cases.values() if case.state is not State.NEVER]

    def case(self, number: str) -> Case:
        """The case `number`. Raises UsageError."""
        return self._store.case(number)

    def facts(self, number: str) -> Facts:
        """What was taken, from where and why; to look at them is no reading of evidence. Raises UsageError."""
        return self._store.facts(self._store.case(number))

    def private(self, number: str) -> list[dict[str, Any]]:
        """What is private in each entry of the case, in their order. Raises UsageError."""
        return [self._store.private(entry) for entry in self._store.case(number).entries]

    def quarantine(
        self,
        path: Path,
        *,
        actor: str,
        reason: str,
        destroy_after: dt.date | None = None,
        about: Mapping[str, Any] | None = None,
        report: bytes | None = None,
        reports: Mapping[str, bytes] | None = None,
    ) -> Case:
        """Move a file into the vault and leave a stub; see `quarantine.quarantine`."""
        return quarantine(
            self._store,
            path,
            actor=actor,
            reason=reason,
            destroy_after=destroy_after,
            about=about,
            report=report,
            reports=reports,
        )

    def report(self, number: str) -> bytes | None:
        """The report that was kept with the file of a case, None where there is none, or none any more.

        Raises:
            UsageError: there is no such case.
            TamperedError: the sealed report is gone or was altered.
        """
        return kept_report(self._store, self._store.case(number))

    def restore(self, number: str, *, actor: str, reason: str, to: Path | None = None) -> Path:
        """Put a file back; see `handing_out.restore`."""
        return handing_out.restore(self._store, number, actor=actor, reason=reason, to=to)

    def release(self, number: str, *, actor: str, reason: str, to: Path) -> Path:
        """Hand out a copy; see `handing_out.release`."""
        return handing_out.release(self._store, number, actor=actor, reason=reason, to=to)

    def read(self, number: str, *, actor: str, reason: str) -> Iterator[bytes]:
        """Read evidence, which is logged first; see `handing_out.read`."""
        return handing_out.read(self._store, number, actor=actor, reason=reason)

    def told(self, number: str, *, actor: str, what: str, sha256: str) -> None:
        """Enter that what the vault knows of a case was written down for others: a notice, a page.

        No evidence is read for it, so it may be of a file that the vault does not hold any more.

        Args:
            what: such as ``notice.platform.ko.pdf``.
            sha256: of what was written, so that it can be recognised.

        Raises:
            UsageError: there is no such case, or its file is being taken.
            StorageError: the log cannot be written.
        """
        if self._store.case(number).state is State.COMING:
            raise UsageError(
                f"Case {number} is not complete yet. Run any command of the vault, then try again."
            )
        self._store.enter(Deed("notice.made", actor, number, {"sha256": sha256, "what": what}))

    def destroy(
        self, number: str, *, actor: str, reason: str, confirmation: str, how: Confirmed = Confirmed.PROGRAM
    ) -> Path | None:
        """Destroy evidence for good; see `destruction.destroy`."""
        return destruction.destroy(
            self._store, number, actor=actor, reason=reason, confirmation=confirmation, how=how
        )

    def withdraw(self, number: str, *, actor: str, reason: str) -> None:
        """Take back what was agreed; see `destruction.withdraw`."""
        destruction.withdraw(self._store, number, actor=actor, reason=reason)

    def keep_until(self, number: str, day: dt.date | None, *, actor: str, reason: str) -> None:
        """Say from which day on a case is due to be destroyed, None for never; nothing is destroyed by it."""
        self._store.held(number)
        details = {"destroy_after": day.isoformat() if day else None}
        self._store.enter(Deed("retention.set", actor, number, details, {"reason": reason}))

    def due(self) -> list[Case]:
        """The cases whose day has come."""
        return [case for case in self.cases() if case.due(self._store.today())]

    def package(
        self,
        number: str,
        *,
        actor: str,
        reason: str,
        to: Path,
        versions: Mapping[str, Any],
        report: Path | None = None,
        time_stamp: Path | None = None,
    ) -> Package:
        """Make an evidence package; see `evidence.package.package`."""
        return package(
            self._store,
            number,
            actor=actor,
            reason=reason,
            to=to,
            versions=versions,
            report=report,
            time_stamp=time_stamp,
        )
