"""A case as an evidence package: one zip that appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import FacewardenError, UsageError
from facewarden.sealed.durable import draft, place_new, remove, storing
from facewarden.vault.cases import Case
from facewarden.vault.custody.entry import Deed
from facewarden.vault.custody.head import Head, sign_head
from facewarden.vault.custody.log import KEEPER
from facewarden.vault.evidence.bag import Bag
from facewarden.vault.evidence.extract import extract, private_files
from facewarden.vault.evidence.kept import kept_report, versions_line
from facewarden.vault.evidence.named import report_on
from facewarden.vault.evidence.time_stamp import read_time_stamp
from facewarden.vault.place import beside, path_of, settled, spelled
from facewarden.vault.store import Store

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_TEXTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was made.

    Attributes:
        path: where.
        sha256: of the zip.
        head: of the custody log that it ends with: a vault that does not know it is an old copy.
    """

    path: Path
    sha256: str
    head: Head


def package(
    store: Store,
    number: str,
    *,
    actor: str,
    reason: str,
    to: Path,
    versions: Mapping[str, Any],
    report: Path | None = None,
    time_stamp: Path | None = None,
) -> Package:
    """Make the evidence package of a case as the new file `to`.

    Args:
        versions: of whatever takes part in packing: ``facewarden``, and what the caller knows of models. Those of the
            check are taken from the report.
        report: JSON file with what was found in this very file; without it the report that was kept with it is taken.
        time_stamp: response of a time-stamping authority for the file's SHA-256.

    Raises:
        UsageError: the vault does not hold the file, something lies at `to`, or report or time stamp do not fit.
        StorageError: it cannot be written.
        TamperedError: the sealed file is not what was taken.
    """
    case = store.held(number)
    facts = store.facts(case)
    target = settled(to)
    if os.path.lexists(target):
        raise UsageError(f"There is something at {target} already. Name another file.")
    found = report_on(facts.sha256, report) if report is not None else kept_report(store, case)
    further = {"versions.json": versions_line(versions, found)}
    if found is not None:
        further["report.json"] = found
    if time_stamp is not None:
        further["timestamp.tsr"], _ = read_time_stamp(time_stamp, facts.sha256)
    private = {"place": spelled(target), "reason": reason}
    if found is not None:
        # So that no other can be put in its place: the file itself is named in the first entry of the case.
        private["report_sha256"] = hashlib.sha256(found).hexdigest()
    begun = store.enter(Deed("package.begun", actor, number, private=private))
    part = beside(target, number, store.card.vault, "arriving")
    try:
        with storing(part):
            remove(part)
        with (
            draft(part) as file,
            Bag(file.stream(), name=number, at=store.clock()) as bag,
        ):
            name = "evidence" + _suffix(path_of(facts.place))
            bag.payload(f"original/{name}", store.objects.read(case.address))
            _fill(bag, store, store.cases[number], further, store.head_at(begun))
            bag.finish(_information(number, versions))
        sha256 = _sha256(part)
        with storing(target):
            _name(part, target)
        store.enter(Deed("package.done", actor, number, {"sha256": sha256}))
    except FacewardenError:
        with suppress(FacewardenError):
            conclude(store, store.cases[number])
        raise
    return Package(target, sha256, store.head_at(begun))


def conclude(store: Store, case: Case) -> None:
    """Finish or undo the package of `case`. Raises StorageError where that must wait."""
    if case.pending is None:
        return
    target = path_of(store.private(case.pending)["place"])
    part = beside(target, case.number, store.card.vault, "arriving")
    with storing(target):
        if not target.parent.is_dir():
            raise FileNotFoundError(2, os.strerror(2), str(target.parent))
        # Nothing lay there when it was begun, and the name is given to what is whole only.
        made = target.is_file() and (not part.exists() or part.samefile(target))
        remove(part)
    if made:
        store.enter(
            Deed("package.done", case.pending.content.actor, case.number, {"sha256": _sha256(target)})
        )
    else:
        store.enter(Deed("package.undone", KEEPER, case.number))


def _fill(bag: Bag, store: Store, case: Case, further: Mapping[str, bytes], head: Head) -> None:
    for name, content in further.items():
        bag.payload(name, [content])
    bag.payload("custody/extract.jsonl", extract(case, store.log.entries))
    for name, content in private_files(case, store.private_key):
        bag.payload(f"custody/private/{name}", [content])
    bag.payload("custody/head.json", [sign_head(head, store.signer) + b"\n"])
    bag.payload("custody/public.pem", [store.signer.pem()])
    title = f"Evidence package of case {case.number}"
    readme = (_TEXTS / "README.txt").read_text("utf-8").format(case=case.number, underline="=" * len(title))
    bag.tag("README.txt", readme.encode())
    bag.tag("verify.sh", (_TEXTS / "verify.sh").read_bytes(), script=True)


def _information(number: str, versions: Mapping[str, Any]) -> dict[str, str]:
    return {
        "External-Identifier": number,
        "Bag-Software-Agent": f"facewarden {versions['facewarden']}",
        "External-Description": "Evidence with its chain of custody; see README.txt",
    }


def _name(part: Path, target: Path) -> None:
    try:
        place_new(part, target)
    except FileExistsError as error:
        remove(part)
        raise UsageError(f"Something appeared at {target} meanwhile. Name another file.") from error


def _suffix(place: Path) -> str:
    # The name itself may be meant to do harm; it is kept in the custody extract.
    return place.suffix.lower() if _SUFFIX.fullmatch(place.suffix) else ""


def _sha256(path: Path) -> str:
    with storing(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
