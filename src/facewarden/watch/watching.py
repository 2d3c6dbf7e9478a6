"""The watch itself: takes in what is new, as much as the queue bears, and sees to it, one item after another."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.vault.place import spelled
from facewarden.watch.events import Events
from facewarden.watch.feeds import Feeds
from facewarden.watch.folders import Seen, walked
from facewarden.watch.handling import Handling
from facewarden.watch.item import Folder, mark_of, mark_of_address, origin_of
from facewarden.watch.state import State
from facewarden.watch.stopping import Stopping
from facewarden.watch.tallies import Tallies, Witness

log = logging.getLogger(__name__)

_AT_A_TIME = 256
_TIDY_EVERY_S = 3600.0
_KEPT_S = 30 * 86_400.0


class _Over:
    """After the last file of a scan."""


_OVER = _Over()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often and how much.

    Attributes:
        settle_s: so long a file must stand still before it is looked at.
        rescan_s: from one scan of all folders to the next.
        feed_s: from one look at the feeds to the next.
        queue: so many items wait at most; what is beyond is found again by a scan.
        sightings_s: so long sightings are kept.
    """

    settle_s: float = 2.0
    rescan_s: float = 300.0
    feed_s: float = 300.0
    queue: int = 1000
    sightings_s: float = 48 * 3600.0


class Watching:
    """Watches folders and feeds until it is stopped, or once."""

    def __init__(
        self,
        folders: Sequence[Folder],
        *,
        state: State,
        handling: Handling,
        stopping: Stopping,
        pace: Pace,
        tallies: Tallies,
        witness: Witness,
        apart_from: Sequence[Path] = (),
        feeds: Feeds | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folders, self._state, self._handling = tuple(folders), state, handling
        self._stopping, self._pace, self._feeds = stopping, pace, feeds
        self._tallies, self._witness, self._clock = tallies, witness, clock
        self._apart_from = tuple(apart_from)
        self._scan: Iterator[Seen | None] | None = None
        self._scan_due_s = self._feed_due_s = self._tidy_due_s = 0.0
        self._addresses: Iterator[tuple[str, str]] | None = None

    def once(self) -> bool:
        """See to everything that is there now; whether that was done, rather than left for later."""
        self._handling.recover()
        while not self._stopping.asked:
            self._take_in()
            if self._see_to_next():
                continue
            soon_s = self._clock() + self._pace.settle_s + 1.0
            due_s = self._state.due_s()
            if self._scan is None and self._addresses is None and (due_s is None or due_s > soon_s):
                return due_s is None
            if due_s is not None and self._full_or_through():
                self._stopping.wait(due_s - self._clock())
        return False

    def until_stopped(self) -> None:
        """See to everything that comes."""
        self._handling.recover()
        with Events(self._folders, woke=self._stopping.woke, most=self._pace.queue) as events:
            while not self._stopping.asked:
                self._hear(events)
                self._take_in()
                if not self._see_to_next() and self._full_or_through():
                    self._stopping.wait(self._idle_s())

    def _see_to_next(self) -> bool:
        item = self._state.next(self._clock())
        if item is not None:
            self._handling.see_to(item)
        self._tallies.waiting = self._state.waiting()
        self._witness.at(self._tallies)
        return item is not None

    def _hear(self, events: Events) -> None:
        paths, lost = events.taken()
        for path in paths:
            folder = next((one for one in self._folders if one.root in path.parents), None)
            if folder is None or any(place in path.parents for place in self._apart_from):
                continue
            if self._room() <= 0:
                lost = True
                break
            try:
                found = path.lstat()
            except OSError:
                continue
            if path.is_file() and not path.is_symlink():
                self._offer(Seen(path, folder, found))
            elif path.is_dir():
                lost = True  # a whole folder was moved in
        if lost:
            self._scan_due_s = 0.0

    def _take_in(self) -> None:
        """Go on with the scan, and with the feeds, while the queue has room."""
        now_s = time.monotonic()
        if self._scan is None and now_s >= self._scan_due_s:
            self._handling.forget_who_left()
            self._scan = walked(self._folders, apart_from=self._apart_from)
            self._scan_due_s = now_s + self._pace.rescan_s
        if self._feeds and self._addresses is None and now_s >= self._feed_due_s:
            self._addresses = self._feeds.addresses()
            self._feed_due_s = now_s + self._pace.feed_s
        if now_s >= self._tidy_due_s:
            self._state.forget(
                items_before_s=self._clock() - _KEPT_S,
                sightings_before_s=self._clock() - self._pace.sightings_s,
            )
            self._tidy_due_s = now_s + _TIDY_EVERY_S
        self._go_on_scanning()
        self._go_on_with_feeds()

    def _go_on_scanning(self) -> None:
        if self._scan is None or (room := self._room()) <= 0:
            return
        met: list[str] = []
        with self._state.together():
            for _ in range(_AT_A_TIME):
                seen = next(self._scan, _OVER)
                if isinstance(seen, _Over):
                    self._scan = None
                    break
                if seen is not None and self._offer(seen):
                    room -= 1
                    if room <= 0:
                        break
                elif seen is not None:
                    met.append(mark_of(seen.found))
            self._state.still_there(met, now_s=self._clock())

    def _go_on_with_feeds(self) -> None:
        for _ in range(_AT_A_TIME):
            if self._addresses is None or self._room() <= 0:
                return
            with self._stopping.breakable():
                url, source = next(self._addresses, ("", ""))
            if not url:
                self._addresses = None
                return
            now_s = self._clock()
            self._state.offer(mark_of_address(url), url, source, now_s=now_s, due_s=now_s)
            self._state.still_there([mark_of_address(url)], now_s=now_s)

    def _offer(self, seen: Seen) -> bool:
        now_s, found = self._clock(), seen.found
        # The system's own time of the last change: nobody can set it back.
        rested_s = now_s - max(found.st_mtime, found.st_ctime)
        due_s = now_s if rested_s >= self._pace.settle_s else now_s + self._pace.settle_s
        source = seen.folder.source_of(seen.path)
        return self._state.offer(
            mark_of(found), spelled(seen.path), source, now_s=now_s, due_s=due_s, origin=origin_of(found)
        )

    def _room(self) -> int:
        return self._pace.queue - self._state.waiting()

    def _full_or_through(self) -> bool:
        """Whether nothing can be taken in just now."""
        return (self._scan is None and self._addresses is None) or self._room() <= 0

    def _idle_s(self) -> float:
        """How long nothing is to be done unless something is heard."""
        now_s = time.monotonic()
        soonest_s = min(
            self._scan_due_s - now_s,
            self._feed_due_s - now_s if self._feeds else self._pace.rescan_s,
            self._tidy_due_s - now_s,
        )
        due_s = self._state.due_s()
        return soonest_s if due_s is None else min(soonest_s, due_s - self._clock())
