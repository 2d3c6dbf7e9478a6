"""The report that was kept, sealed, with the file of a case; and the versions that a report was made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from facewarden.errors import UsageError
from facewarden.sealed.canonical import canonical
from facewarden.vault.cases import Case
from facewarden.vault.store import Store


def kept_report(store: Store, case: Case) -> bytes | None:
    """The report of `case`; None where there is none, or where the vault let go of the file.

    Raises:
        TamperedError: the sealed report is gone or was altered.
    """
    if case.report is None or not case.state.held:
        return None
    return b"".join(store.objects.read(case.report))


def versions_line(packing: Mapping[str, Any], report: bytes | None) -> bytes:
    """What ``versions.json`` says: of those who pack, and under ``check`` what the report says of those who checked.

    Raises:
        UsageError: the report's versions are nothing that JSON has one form for.
    """
    try:
        said = None if report is None else json.loads(report)
        check = said.get("versions") if isinstance(said, dict) else None
        return canonical({**packing, **({"check": check} if check else {})}) + b"\n"
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "The report's versions are no plain JSON. Make one with: facewarden check --json FILE."
        ) from error
