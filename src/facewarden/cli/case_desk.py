"""What the commands of ``facewarden case`` write about: a case in an open vault, or nothing but a report."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.cli.door import say
from facewarden.cli.vault_door import opened, who
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.cases.document import Document
    from facewarden.cases.record import CaseRecord
    from facewarden.cases.wording import Setting
    from facewarden.report.model import Report
    from facewarden.vault.vault import Vault


class Desk:
    """A case at hand: in an open vault, or nothing but a report."""

    def __init__(self, vault: Vault | None, case: str | None, actor: str, to: Path) -> None:
        self.vault = vault
        self.case = case
        self.actor = actor
        self.to = to

    def record(self, report: Path | None) -> tuple[CaseRecord, Report | None]:
        """The case, and the report on its file: that in the file `report`, else what the vault kept.

        Raises:
            UsageError: there is neither a case nor a report, or the report is of another file.
        """
        from facewarden.cases.record import of_report, of_vault
        from facewarden.cases.reports import kept_report, read_report

        if self.vault is not None and self.case is not None:
            record = of_vault(self.vault, self.case)
            if report is not None:
                return record, read_report(report, record.sha256)
            content = self.vault.report(self.case)
            return record, None if content is None else kept_report(content, record.sha256)
        if report is None:
            raise UsageError("Give the number of a case, or a report with --report.")
        found = read_report(report)
        return of_report(found), found

    def hashed(self, record: CaseRecord, reason: str) -> CaseRecord:
        """The record with hashes of the evidence, which is read for it. Raises UsageError without a vault."""
        from facewarden.cases.evidence import look

        vault, case = self._in_vault("--hashes")
        seen = look(vault, case, actor=self.actor, reason=reason)
        return replace(record, md5=seen.md5, pdq=seen.pdq or record.pdq)

    def picture(self, reason: str) -> bytes | None:
        """The evidence reduced to a JPEG; None where it is no picture. Raises UsageError without a vault."""
        from facewarden.cases.evidence import look

        vault, case = self._in_vault("--with-picture")
        return look(vault, case, actor=self.actor, reason=reason, picture=True).jpeg

    def deliver(
        self, document: Document, what: str, setting: Setting, font: Path | None, *, as_json: bool
    ) -> None:
        """Write the document, and enter in the vault's log that it was written."""
        from facewarden.cases.writing import format_of, new_file, written

        form = format_of(self.to)
        content = written(document, form, made_at=setting.now, font=font)
        digest = hashlib.sha256(content).hexdigest()
        with new_file(self.to, content):
            if self.vault is not None and self.case is not None:
                self.vault.told(self.case, actor=self.actor, what=f"{what}.{form}", sha256=digest)
        say({"path": str(self.to), "sha256": digest}, str(self.to), as_json=as_json)

    def _in_vault(self, option: str) -> tuple[Vault, str]:
        if self.vault is None or self.case is None:
            raise UsageError(f"{option} needs the number of a case: only a vault holds evidence.")
        return self.vault, self.case


@contextlib.contextmanager
def at_case(
    case: str | None, to: Path, folder: Path | None, passphrase_file: Path | None, actor: str | None
) -> Iterator[Desk]:
    """The desk at which something about `case` is written into the new file `to`; without a vault where it is None."""
    from facewarden.cases.writing import format_of, refuse_occupied

    format_of(to)
    refuse_occupied(to)
    if case is None:
        yield Desk(None, None, "", to)
        return
    with opened(folder, passphrase_file) as vault:
        yield Desk(vault, case, who(actor), to)
