"""Records and settings for tests."""

from __future__ import annotations

import datetime as dt

from facewarden.cases.record import CaseRecord, Deed
from facewarden.cases.wording import Setting
from facewarden.vault.cases import State

NUMBER = "FW-2026-000001"
NOW = dt.datetime(2026, 11, 26, 14, tzinfo=dt.UTC)
TAKEN = dt.datetime(2026, 11, 25, 9, 30, tzinfo=dt.UTC)
SHA256, MD5, PDQ = "01" * 32, "23" * 16, "45" * 32
HOSTILE = "</style><script>alert(1)</script> *b* `c` [d](http://e.f) & \x1b[31m \u202egpj.exe |"


def setting(language: str = "en", country: str | None = None, zone: dt.tzinfo = dt.UTC) -> Setting:
    return Setting(language, NOW, zone, "0.1.0", country)


def record(state: State = State.QUARANTINED, *, custody: int = 2, hostile: str = "") -> CaseRecord:
    """A case with `custody` entries; `hostile` stands wherever strangers write."""
    actions = ("quarantine.begun", "quarantine.done", "evidence.read", "notice.made")
    deeds = tuple(
        Deed(
            at=TAKEN + dt.timedelta(minutes=index),
            action=action,
            actor=hostile or "ann",
            reason=hostile or "asked by the family",
            what=hostile or "notice.police.ko.pdf" if action == "notice.made" else "",
            sha256=SHA256 if action == "notice.made" else "",
        )
        for index in range(custody)
        for action in (actions[min(index, 2 + index % 2)],)
    )
    return CaseRecord(
        number=NUMBER,
        state=state,
        sha256=SHA256,
        size=2_140_233,
        md5=MD5,
        pdq=PDQ,
        quarantined_at=TAKEN,
        reason=hostile or "forged clip",
        file_name=hostile or "clip.mp4",
        custody=deeds,
    )


BARE = CaseRecord(number=None, state=None, sha256=None)
"""A file of which nothing is known."""
