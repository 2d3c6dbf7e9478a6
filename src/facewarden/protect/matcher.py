"""Looking files up: copies of what was enrolled or listed, faces of enrolled people, and both at once."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

import facewarden
from facewarden.errors import FacewardenError, MediaError, TamperedError
from facewarden.matching.digests import Digests, digests_of
from facewarden.media import Limits, open_media
from facewarden.messages import LANGUAGES, say
from facewarden.protect.assembly import Assembly
from facewarden.protect.parts import Clock, parts_of, utc_now
from facewarden.protect.registry import Registry
from facewarden.protect.report import MatchReport
from facewarden.protect.sentences import sentence
from facewarden.protect.sighting import CLIP_FRAMES_PER_S, CLIP_SIDE, Sighting, look

if TYPE_CHECKING:
    from facewarden.faces.finder import FaceFinder
    from facewarden.faces.identity import IdentityEncoder
    from facewarden.sealed.keys import MasterKey

_LEASE = 16
"""Lookups that are taken from the allowance at once; what is not used goes back."""

_TRIES = 3


class PeopleMatcher:
    """Looks one file after another up; loads its networks when the first one comes.

    The store is not locked meanwhile. People who are enrolled, withdrawn or forgotten while it is at work count from
    the next file on.
    """

    def __init__(
        self,
        folder: Path,
        key: MasterKey,
        *,
        language: str = "en",
        limits: Limits | None = None,
        clock: Clock = utc_now,
        finder: FaceFinder | None = None,
        encoder: IdentityEncoder | None = None,
    ) -> None:
        """Load the registry. Raises UsageError where there is no store, TamperedError, ValueError."""
        if language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, but got {language!r}")
        self._parts, self._clock = parts_of(folder, key), clock
        self.registry = Registry(self._parts, clock)
        self._language = language
        self._limits = limits or Limits()
        self._finder, self._encoder = finder, encoder
        self._leased = self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what was not used of the allowance. Raises StorageError."""
        unused, files = self._leased, self._files
        self._leased = self._files = 0
        self.registry.settle(unused=unused, files=files)

    def reserve(self) -> None:
        """Make sure that the next file may be looked up. Until then nothing of it is used: `close` gives it back.

        Raises:
            RateLimitedError: the store allows no further lookup now.
        """
        if self._leased == 0:
            self._leased = self.registry.spend(_LEASE)

    def match(self, path: Path | str, *, name: str | None = None) -> MatchReport:
        """Look one file up; one that cannot be read gives a report with `error` set.

        Args:
            name: what to call the file in the report instead of its path (for standard input).

        Raises:
            RateLimitedError: the store allows no further lookup now.
            TamperedError: the store is not what was written.
        """
        label = name or os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")
        self._spend()
        try:
            return self._matched(Path(path), label)
        except MediaError as error:
            return unread(label, error, language=self._language)

    def looked_for(self) -> frozenset[str]:
        """Ids of those who are looked for today. Raises TamperedError."""
        return self._parts.roll.read().looked_for(self._clock().astimezone(dt.UTC).date())

    def _matched(self, path: Path, label: str) -> MatchReport:
        for _ in range(_TRIES):
            self.registry.refresh()
            try:
                with open_media(
                    path, limits=self._limits, frames_per_s=CLIP_FRAMES_PER_S, max_side=CLIP_SIDE
                ) as media:
                    seen = look(media, self.registry, self._faces(), self._identities())
                seen.digests = self._digests(path, seen)
                return Assembly(self.registry, seen, label, self._language).report()
            except KeyError:
                # Somebody was forgotten while we looked: look again, without her.
                self.registry.reload()
        raise TamperedError("The store of people changes all the time. Try again later.")

    def _digests(self, path: Path, seen: Sighting) -> Digests | None:
        """Those that lists may hold, of the very bytes that were looked at. Raises MediaError."""
        if not self.registry.listed.holds_digests:
            return None
        found = digests_of(path, self._limits)
        if found.sha256 != seen.facts.sha256:
            raise MediaError(say("error.not_readable", self._language), reason="not_readable")
        return found

    def _spend(self) -> None:
        self.reserve()
        self._leased -= 1
        self._files += 1

    def _faces(self) -> FaceFinder:
        if self._finder is None:
            from facewarden.faces.finder import FaceFinder

            self._finder = FaceFinder()
        return self._finder

    def _identities(self) -> IdentityEncoder:
        if self._encoder is None:
            from facewarden.faces.identity import IdentityEncoder

            self._encoder = IdentityEncoder()
        return self._encoder


def unread(label: str, error: FacewardenError, *, language: str = "en") -> MatchReport:
    """The report on a file that could not be looked up, for the reason that `error` names."""
    return MatchReport(
        path=label,
        sha256=None,
        media=None,
        tier="none",
        abstained=True,
        reason=error.reason,
        error=str(error),
        sentence=sentence("match.outcome.error", language),
        language=language,
        facewarden=facewarden.__version__,
    )
