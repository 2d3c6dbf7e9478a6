"""Seeing to one item: looked at, judged, decided, acted upon, closed; each stage is written down before the next."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from facewarden.acting.ledger import Ledger
from facewarden.acting.lines import Lines
from facewarden.acting.matter import Matter, matter_of
from facewarden.acting.outcome import Ended, Performed
from facewarden.acting.performing import Performer
from facewarden.acting.steps import Kind, Step
from facewarden.acting.writing import written_once
from facewarden.errors import FacewardenError, OutboundError, RateLimitedError, StorageError, UsageError
from facewarden.policy.decision import decide
from facewarden.policy.rules import Policy
from facewarden.report.jsonl import report_json
from facewarden.report.model import Level
from facewarden.vault.place import path_of
from facewarden.watch import subjects
from facewarden.watch.candidates import Looked, looked_at
from facewarden.watch.downloads import Downloads
from facewarden.watch.item import Item, Stage, mark_of
from facewarden.watch.judging import Judge, Judged
from facewarden.watch.state import LONGEST_PAUSE_S, State
from facewarden.watch.stopping import Stopped, Stopping
from facewarden.watch.tallies import Tallies, Witness

log = logging.getLogger(__name__)

MOST_CHECKS = 2
"""A file whose check twice took the process with it, or failed in a way that nobody foresaw, is given up."""
_MOST_TRIES = 5
_FIRST_PAUSE_S = 15.0
_REACHING = frozenset({Kind.HOLD, Kind.QUARANTINE, Kind.ESCALATE})


@dataclass(frozen=True, slots=True)
class Desk:
    """Where things are written down.

    Attributes:
        journal: a line for each file.
        list: of what waits for a person.
        named: whether lines tell paths and addresses.
    """

    journal: Lines
    list: Lines
    ledger: Ledger
    named: bool = True


class Handling:
    """Sees to items. Without a performer and a desk it is a dry run: what would be done is told to the witness."""

    def __init__(
        self,
        *,
        state: State,
        judge: Judge,
        policy: Policy,
        performer: Performer | None,
        desk: Desk | None,
        downloads: Downloads | None,
        stopping: Stopping,
        tallies: Tallies,
        witness: Witness,
        settle_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._state, self._judge, self._policy = state, judge, policy
        self._performer, self._desk, self._downloads = performer, desk, downloads
        self._stopping, self._tallies, self._witness = stopping, tallies, witness
        self._settle_s, self._clock = settle_s, clock

    def recover(self) -> None:
        """See to what a process that died left under way. Raises StorageError."""
        for item in self._state.interrupted():
            if item.tries >= MOST_CHECKS:
                self._give_up(item, "killed_the_check")
            else:
                # Behind the others: should it do so again, they were served.
                self._state.put_back(item, due_s=self._clock() + self._settle_s, counted=True)
        if self._downloads is not None:
            self._downloads.clear(but=self._state.at_work())

    def forget_who_left(self) -> None:
        """Drop the sightings of people who are not looked for any more. Raises FacewardenError."""
        people = self._judge.recognises.looked_for()
        if people is not None:
            self._state.forget_people(lambda person: person not in people)

    def see_to(self, item: Item) -> None:
        """Bring `item` as far as it goes now.

        Raises:
            Stopped: the watch is to end; the item waits.
            FacewardenError: nothing can be checked, or written down, at all; the item waits.
        """
        if item.stage is Stage.DECIDED:
            self._act(item, Matter.model_validate_json(item.matter), self._path(item))
            return
        if item.fetched and not self._may_be_judged(item):
            return
        try:
            looked = self._look(item)
        except FileNotFoundError:
            self._state.gone(item)
        except StorageError:
            raise
        except (UsageError, OutboundError) as error:
            log.debug("not readable just now: %s", error)
            self._try_again(item, error.reason)
        else:
            if looked is not None:
                self._check(item, looked)

    def _path(self, item: Item) -> Path:
        if item.fetched:
            assert self._downloads is not None
            return self._downloads.path(item)
        return path_of(item.place)

    def _look(self, item: Item) -> Looked | None:
        """Read it; None where it is not to be checked, or not now."""
        if item.fetched:
            if self._downloads is None:
                raise UsageError("Feeds are not looked at now.", reason="no_feeds")
            with self._stopping.breakable():
                return looked_at(self._downloads.get(item))
        path = path_of(item.place)
        mark = mark_of(path.lstat())
        looked = looked_at(path) if item.restless or mark == item.mark else None
        if looked is None or (mark_of(looked.found) != item.mark and not item.restless):
            self._state.moved(item, mark, due_s=self._clock() + self._settle_s)
            return None
        if not looked.counts or self._state.known_content(looked.origin, looked.sha256):
            self._state.close(item)
            return None
        return looked

    def _check(self, item: Item, looked: Looked) -> None:
        if not self._may_be_judged(item):
            return
        path = self._path(item)
        self._state.claim(item)
        try:
            with self._stopping.breakable():
                judged = self._judge.judge(path)
        except Stopped:
            self._state.put_back(item, due_s=self._clock(), counted=False)
            raise
        except FacewardenError as error:
            retry_s = getattr(error, "retry_s", None)
            self._state.put_back(item, due_s=self._clock() + (retry_s or 0.0), counted=False)
            if retry_s is None:
                raise
            return
        except Exception as error:
            log.warning("a check failed unexpectedly (%s)", type(error).__name__)
            log.debug("unexpected error", exc_info=True)
            self._try_again(item, "unexpected", tried=item.tries + 1, most=MOST_CHECKS)
            return
        if self._changed(item, judged, looked):
            self._state.moved(item, mark_of(path.lstat()), due_s=self._clock() + self._settle_s)
            return
        self._decide(item, looked, judged)

    def _may_be_judged(self, item: Item) -> bool:
        """Whether a lookup is to be had, before anything is fetched or checked in vain; else the item waits.

        This must not be broken off, or what it takes of the allowance would be lost.
        """
        try:
            self._judge.reserve()
        except RateLimitedError as error:
            self._state.put_back(item, due_s=self._clock() + error.retry_s, counted=True)
            return False
        return True

    def _changed(self, item: Item, judged: Judged, looked: Looked) -> bool:
        """Whether what was checked is not what lies there. Raises nothing where it went away: it was seen."""
        if judged.report.sha256 is not None and judged.report.sha256 != looked.sha256:
            return self._path(item).exists()
        try:
            still = item.fetched or item.restless or mark_of(self._path(item).lstat()) == item.mark
        except OSError:
            return False
        return not still

    def _decide(self, item: Item, looked: Looked, judged: Judged) -> None:
        now_s = self._clock()
        subject = judged.subject(looked.sha256)
        origin = None if item.fetched else looked.origin
        with self._state.together():
            seen = [subject, *map(subjects.of_person, judged.recognised.people)]
            for each in seen:
                self._state.sight(item, each, now_s=now_s)
            spread, *people_spread = [self._state.spread(each, now_s=now_s) for each in seen]
            facts = judged.facts(source=item.source, spread=spread, people_spread=people_spread)
            matter = matter_of(
                decide(self._policy, facts),
                facts,
                file=item.mark,
                sha256=looked.sha256,
                size=looked.found.st_size,
                name=item.place if self._desk is None or self._desk.named else None,
                at=datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds"),
                report=report_json(judged.report),
            )
            self._state.decided(item, origin=origin, sha256=looked.sha256, matter=matter.model_dump_json())
        self._act(replace(item, stage=Stage.DECIDED, tries=0), matter, self._path(item))

    def _act(self, item: Item, matter: Matter, path: Path) -> None:
        steps = [Step.read(text) for text in matter.steps]
        record = {"kind": "judged", **matter.told(("name", "people", "source"))}
        if self._performer is None or self._desk is None:
            self._witness.record({**record, "kind": "would"})
            self._finish(item, matter, ())
            return
        performed = self._performer.perform(steps, matter, path)
        if any(one.outcome.again for one in performed) and item.tries + 1 < _MOST_TRIES:
            self._state.postpone(item, due_s=self._clock() + _pause_s(item.tries))
            return
        record["performed"] = [one.record() for one in performed]
        if any(one.outcome.ended in (Ended.FAILED, Ended.UNKNOWN) for one in performed):
            written_once(self._desk.ledger, self._desk.list, {**record, "kind": "failed"})
        if written_once(self._desk.ledger, self._desk.journal, record):
            self._witness.record(record)
        self._finish(item, matter, performed)

    def _finish(self, item: Item, matter: Matter, performed: tuple[Performed, ...]) -> None:
        taken = any(one.outcome.case for one in performed)
        self._state.close(item, key=matter.key, left=taken)
        if item.fetched and self._downloads is not None:
            self._downloads.drop(item)
        tallies = self._tallies
        tallies.judged += 1
        tallies.unjudged += matter.abstained or matter.failed or matter.level is Level.INCONCLUSIVE
        tallies.found += any(Step.read(text).kind in _REACHING for text in matter.steps)
        tallies.isolated += taken
        tallies.failed += any(one.outcome.ended in (Ended.FAILED, Ended.UNKNOWN) for one in performed)

    def _try_again(self, item: Item, why: str, *, tried: int | None = None, most: int = _MOST_TRIES) -> None:
        if tried is None:
            self._state.claim(item)
            tried = item.tries + 1
        if tried >= most:
            self._give_up(item, why)
        else:
            self._state.put_back(item, due_s=self._clock() + _pause_s(tried - 1), counted=True)

    def _give_up(self, item: Item, why: str) -> None:
        key = hashlib.sha256(f"aside {item.mark}".encode()).hexdigest()
        record: Mapping[str, Any] = {
            "kind": "aside",
            "key": key,
            "at": datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds"),
            "reason": why,
            "source": item.source,
            **({"name": item.place} if self._desk is None or self._desk.named else {}),
        }
        if self._desk is not None:
            written_once(self._desk.ledger, self._desk.list, record)
            written_once(self._desk.ledger, self._desk.journal, record)
        self._witness.record(dict(record))
        self._state.close(item, key=key, aside=True)
        if item.fetched and self._downloads is not None:
            self._downloads.drop(item)
        self._tallies.aside += 1


def _pause_s(tried: int) -> float:
    return float(min(_FIRST_PAUSE_S * 4**tried, LONGEST_PAUSE_S))
