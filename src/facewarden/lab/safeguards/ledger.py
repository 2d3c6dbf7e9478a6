"""A line for every forgery that leaves the lab: what was made, from what, with whose consent. No pictures.

A run that forges in bulk to train with (`lab twins`) has such lines as a whole.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import facewarden
from facewarden import places
from facewarden.errors import UsageError
from facewarden.lab.safeguards.consent import Consent

VARIABLE = "FACEWARDEN_LAB_LOG"


def ledger_path() -> Path:
    """The log: what FACEWARDEN_LAB_LOG names, else in the user's folder for state (XDG)."""
    return places.state("lab-forgeries.jsonl", VARIABLE)


@dataclass(frozen=True, slots=True)
class Forgery:
    """What is said of a forgery.

    Attributes:
        attack, parameters: how it is made, the seed included.
        target_sha256: of the file that is forged; of many, over their digests.
        consent: for the face that is put in; None where nobody's is.
        output: name of the file, without its folder.
    """

    attack: str
    parameters: Mapping[str, Any]
    target_sha256: str
    consent: Consent | None
    output: str


def note(
    event: str,
    forgery: Forgery,
    *,
    output_sha256: str | None = None,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Append a line; it is on the disk when this returns.

    Args:
        event: ``begun`` before anything is written, ``made`` with the digest of what was.
        counts: how many of what, where a run makes many at once.

    Raises:
        UsageError: the log cannot be written. No forgery may then be made.
    """
    consent = forgery.consent
    line = {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "event": event,
        "attack": forgery.attack,
        "parameters": dict(forgery.parameters),
        "source_sha256": consent.photo_sha256 if consent else None,
        "consent": {"person": consent.person, "basis": consent.basis} if consent else None,
        "target_sha256": forgery.target_sha256,
        "output": forgery.output,
        "output_sha256": output_sha256,
        "version": facewarden.__version__,
        **({"counts": dict(counts)} if counts is not None else {}),
    }
    path = ledger_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One write: lines of two processes do not mingle.
            os.write(descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError(
            f"The log of forgeries {path} cannot be written ({error.strerror or error}), so none is made. "
            f"Make room, or name another place with {VARIABLE}."
        ) from error
