"""Taking a file out of circulation, through the vault. All that can be done to files from here is to take them in."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from facewarden.acting.matter import Matter
from facewarden.acting.outcome import Ended, Outcome
from facewarden.acting.steps import Step
from facewarden.errors import FacewardenError, UsageError
from facewarden.sealed.keys import MasterKey
from facewarden.vault.cases import State
from facewarden.vault.reasons import EXCHANGED
from facewarden.vault.vault import existing, opened

log = logging.getLogger(__name__)

_WAIT_S = 30.0
_READ_BYTES = 1 << 20


class GivenBackError(UsageError):
    """A person gave this very file back before: it is not taken again."""


class ChangedError(UsageError):
    """The file is not what was judged any more."""


class Takes(Protocol):
    """Takes files in; they can be given back by a person."""

    def take(
        self,
        path: Path,
        *,
        sha256: str,
        reason: str,
        about: Mapping[str, Any],
        destroy_after: dt.date | None = None,
        report: bytes | None = None,
    ) -> str:
        """The number of the case.

        Args:
            destroy_after: the day from which on the case is due; nothing is destroyed by it.
            report: of the check, as JSON; kept with the file.

        Raises:
            GivenBackError, ChangedError: it is not taken, and should not be.
            FacewardenError: it could not be taken; it is where it was.
        """

    def taken(self, key: str) -> str | None:
        """The case of the file that was taken with ``about["key"]`` being `key`."""


class Isolating:
    """The hand that takes files in, because they are held or quarantined."""

    def __init__(self, takes: Takes) -> None:
        self._takes = takes

    def mark(self) -> str:
        return ""

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        case = self._takes.taken(matter.key)
        return None if case is None else Outcome(Ended.DONE, case=case)

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        about = {
            "key": matter.key,
            "step": str(step),
            "level": str(matter.level),
            "match": str(matter.match),
            "people": list(matter.people),
            "source": matter.source,
        }
        try:
            case = self._takes.take(
                path,
                sha256=matter.sha256,
                reason=matter.reason_in_words,
                about=about,
                destroy_after=matter.destroy_after,
                report=None if matter.report is None else matter.report.encode(),
            )
        except (GivenBackError, ChangedError) as error:
            return Outcome(Ended.LEFT, str(error))
        except FacewardenError as error:
            log.warning("a file could not be taken into the vault just now (%s)", error.reason)
            log.debug("why: %s", error)
            return Outcome(Ended.FAILED, error.reason, again=True)
        return Outcome(Ended.DONE, case=case)


class VaultTakes:
    """Opens the vault for the moment of each taking, so that people can work with it meanwhile."""

    def __init__(self, folder: Path, key: MasterKey, *, actor: str, wait_s: float = _WAIT_S) -> None:
        """Raises UsageError where there is no vault."""
        existing(folder)
        self._folder, self._key, self._actor, self._wait_s = folder, key, actor, wait_s

    def take(
        self,
        path: Path,
        *,
        sha256: str,
        reason: str,
        about: Mapping[str, Any],
        destroy_after: dt.date | None = None,
        report: bytes | None = None,
    ) -> str:
        with opened(self._folder, self._key, wait_s=self._wait_s) as vault:
            for case in vault.cases():
                if case.state is State.RESTORED and vault.facts(case.number).sha256 == sha256:
                    raise GivenBackError(f"a person gave it back as case {case.number}")
            if _digest(path) != sha256:
                raise ChangedError("it was changed after it was judged")
            taken = vault.quarantine(
                path,
                actor=self._actor,
                reason=reason,
                destroy_after=destroy_after,
                about=about,
                report=report,
            ).number
            if vault.facts(taken).sha256 != sha256:
                # Exchanged in the last moment: nobody judged what was taken.
                vault.restore(taken, actor=self._actor, reason=EXCHANGED)
                raise ChangedError(EXCHANGED)
            return taken

    def taken(self, key: str) -> str | None:
        with opened(self._folder, self._key, wait_s=self._wait_s) as vault:
            for case in reversed(vault.cases()):
                if vault.facts(case.number).about.get("key") == key:
                    return case.number
        return None


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            while data := file.read(_READ_BYTES):
                digest.update(data)
    except OSError as error:
        raise UsageError(f"It cannot be read: {error.strerror or error}.", reason="not_readable") from error
    return digest.hexdigest()
