"""What is known of a case: from the vault's log, or of a file that lies in no vault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from facewarden.report.model import Report
from facewarden.vault.cases import Case, State
from facewarden.vault.custody.entry import moment
from facewarden.vault.vault import Vault

_HASHES = {"md5": re.compile(r"[0-9a-f]{32}"), "pdq": re.compile(r"[0-9a-f]{64}")}


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the custody log.

    Attributes:
        at: with its zone.
        what: of a notice or page, such as ``notice.police.ko.pdf``.
        sha256: likewise.
    """

    at: dt.datetime
    action: str
    actor: str
    reason: str = ""
    what: str = ""
    sha256: str = ""

    @property
    def called(self) -> str:
        """The action, where the log has one name for notices and pages, too."""
        if self.action == "notice.made" and self.what.startswith("page."):
            return "page.made"
        return self.action


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case as notices and pages tell of it.

    Attributes:
        number: None for a file that lies in no vault.
        state: None likewise.
        quarantined_at: when it was taken out of circulation.
        first_seen: as the person or the log's `about` says.
        file_name: without its folders.
        by_watch: whether a watch took it, by its rules.
        custody: oldest first.
    """

    number: str | None
    state: State | None
    sha256: str | None
    size: int | None = None
    md5: str | None = None
    pdq: str | None = None
    quarantined_at: dt.datetime | None = None
    first_seen: dt.datetime | None = None
    destroy_after: dt.date | None = None
    reason: str = ""
    file_name: str = ""
    by_watch: bool = False
    custody: tuple[Deed, ...] = ()

    @property
    def held(self) -> bool:
        return self.state is not None and self.state.held

    @property
    def notices(self) -> tuple[Deed, ...]:
        return tuple(deed for deed in self.custody if deed.action == "notice.made")

    def seen(self, at: dt.datetime | None) -> CaseRecord:
        """The same, first seen `at` where that is given."""
        return self if at is None else replace(self, first_seen=at)


def of_vault(vault: Vault, number: str) -> CaseRecord:
    """The case `number`; no evidence is read. Raises UsageError, TamperedError."""
    case, facts = vault.case(number), vault.facts(number)
    return CaseRecord(
        number=case.number,
        state=case.state,
        sha256=facts.sha256,
        size=facts.size,
        md5=_hash(facts.about, "md5"),
        pdq=_hash(facts.about, "pdq"),
        quarantined_at=moment(case.opened_at),
        first_seen=_time(facts.about.get("first_seen")),
        destroy_after=case.destroy_after,
        reason=facts.reason,
        file_name=PurePath(facts.place).name,
        # Nobody else tells the key of a decision.
        by_watch="key" in facts.about,
        custody=_custody(case, vault.private(number)),
    )


def of_report(report: Report) -> CaseRecord:
    """A file of which only a report is there."""
    return CaseRecord(
        number=None,
        state=None,
        sha256=report.sha256,
        size=report.file.size_bytes if report.file else None,
        file_name=PurePath(report.path).name,
    )


def _custody(case: Case, private: list[dict[str, Any]]) -> tuple[Deed, ...]:
    return tuple(
        Deed(
            at=moment(entry.content.at),
            action=entry.content.action,
            actor=entry.content.actor,
            reason=_text(said.get("reason")),
            what=_text(entry.content.details.get("what")),
            sha256=_text(entry.content.details.get("sha256"))
            if entry.content.action == "notice.made"
            else "",
        )
        for entry, said in zip(case.entries, private, strict=True)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _hash(about: Mapping[str, Any], name: str) -> str | None:
    """What whoever took the file said of its hash; None where that has not the form of one."""
    value = _text(about.get(name)).lower()
    return value if _HASHES[name].fullmatch(value) else None


def _time(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
