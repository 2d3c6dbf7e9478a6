"""Feeds: lists of addresses on the web, looked at now and then. Nothing is fetched from a host that was not named."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from facewarden.errors import FacewardenError, OutboundError
from facewarden.media import Limits, run_sandboxed
from facewarden.outbound.fetch import fetch
from facewarden.outbound.gate import Gate
from facewarden.outbound.place import Place, place_of
from facewarden.watch.feed_job import JOB

log = logging.getLogger(__name__)

MOST_FEED_BYTES = 4 << 20
_MOST_ADDRESSES = 1000
_WITHIN_S = 30.0
_LIMITS = Limits(
    max_bytes=MOST_FEED_BYTES, memory_bytes=1 << 30, max_wait_s=20.0, max_start_cpu_s=15, cpu_per_s=0.0
)


class Feeds:
    """Some feeds.

    Raises:
        OutboundError: a feed's address is none, or its host was not named (found at once).
    """

    def __init__(self, urls: Sequence[str], gate: Gate) -> None:
        self._gate = gate
        self._feeds = tuple(place_of(url) for url in urls)
        for feed in self._feeds:
            gate.named(feed)

    def __len__(self) -> int:
        return len(self._feeds)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Addresses that the feeds name now, each with its source: ``feed/HOST/HOST``. A feed that fails is logged."""
        for feed in self._feeds:
            try:
                listed = self._listed(feed)
            except FacewardenError as error:
                log.warning("the feed of %s could not be read: %s", feed.host, error)
                continue
            for url in listed:
                try:
                    place = place_of(url)
                    self._gate.named(place)
                except OutboundError as error:
                    log.debug("passed over in the feed of %s: %s", feed.host, error)
                else:
                    yield str(place), f"feed/{feed.host}/{place.host}"

    def _listed(self, feed: Place) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="facewarden-") as folder:
            path = Path(folder) / "feed"
            with path.open("xb") as file:
                fetch(feed, self._gate, file, most_bytes=MOST_FEED_BYTES, within_s=_WITHIN_S)
            found = run_sandboxed(JOB, {"most": _MOST_ADDRESSES}, path=path, limits=_LIMITS)
        return [url for url in found if isinstance(url, str)]
