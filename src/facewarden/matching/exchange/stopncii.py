"""Records of StopNCII.org's hash API, as its JSON answers hold them: PDQ of images, MD5 of videos."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import UsageError
from facewarden.matching.exchange.signal import MOST_NOTE, Kind, Signal, refuse_more, signal, text_of

KINDS = frozenset({Kind.PDQ, Kind.VIDEO_MD5})
_TYPES = {"ImagePDQ": Kind.PDQ, "VideoMD5": Kind.VIDEO_MD5}
_NAMES = {kind: name for name, kind in _TYPES.items()}
_GONE = frozenset({"Withdrawn", "Deleted"})
"""Hashes in these states must not be used any more."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    signalType: str = Field(max_length=40)  # noqa: N815 - the name of the field in that API
    hashValue: str = Field(max_length=1 << 20)  # noqa: N815
    hashStatus: str = Field(default="Active", max_length=40)  # noqa: N815
    caseNumbers: dict[str, Any] = Field(default_factory=dict)  # noqa: N815


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    hashRecords: list[_Record]  # noqa: N815


def read(data: bytes) -> list[Signal]:
    """The signals in force; a record's first case becomes the note. Raises UsageError."""
    text = text_of(data, "list of StopNCII")
    try:
        answer = _Answer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise UsageError(f"This is no list of StopNCII: {place or 'the file'}: {first['msg']}.") from error
    signals: list[Signal] = []
    for number, record in enumerate(answer.hashRecords, start=1):
        if record.hashStatus in _GONE or record.signalType not in _TYPES:
            continue
        note = next(iter(record.caseNumbers), "")[:MOST_NOTE]
        kind = _TYPES[record.signalType]
        signals.append(signal(kind, record.hashValue, where=f"Record {number}", note=note))
        refuse_more(len(signals), "list of StopNCII")
    return signals


def write(signals: Iterable[Signal]) -> bytes:
    """Records as that API answers with; times are left at 0, for a list says nothing of when."""
    records = [
        {
            "lastModtimestamp": 0,
            "signalType": _NAMES[each.kind],
            "hashValue": each.value,
            "hashStatus": "Active",
            "caseNumbers": {each.note: "Active"} if each.note else {},
            "CSPFeedbacks": [],
        }
        for each in signals
    ]
    answer = {
        "count": len(records),
        "nextPageToken": "",
        "nextSetTimestamp": 0,
        "hasMoreRecords": False,
        "hashRecords": records,
    }
    return (json.dumps(answer, indent=1) + "\n").encode()
