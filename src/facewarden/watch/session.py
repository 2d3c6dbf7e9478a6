"""One run of a watch, put together from its orders."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facewarden.acting.command import Commands
from facewarden.acting.configuration import Actions
from facewarden.acting.hands import Hand, Listing
from facewarden.acting.isolating import Isolating, Takes
from facewarden.acting.ledger import Ledger
from facewarden.acting.lines import Lines
from facewarden.acting.matter import Matter
from facewarden.acting.performing import Performer
from facewarden.acting.steps import Kind
from facewarden.acting.webhook import Webhooks
from facewarden.errors import UsageError
from facewarden.outbound.gate import Gate
from facewarden.policy.rules import Policy
from facewarden.sealed.durable import storing
from facewarden.sealed.sole import alone
from facewarden.watch import state as states
from facewarden.watch.downloads import Downloads
from facewarden.watch.feeds import Feeds
from facewarden.watch.folders import folders_of
from facewarden.watch.handling import Desk, Handling
from facewarden.watch.judging import Judge
from facewarden.watch.stopping import Stopped, Stopping
from facewarden.watch.tallies import Tallies, Witness
from facewarden.watch.watching import Pace, Watching

log = logging.getLogger(__name__)

DATABASE, JOURNAL, LIST, FETCHED = "state.sqlite", "journal.jsonl", "list.jsonl", "fetched"
MOST_FETCHED_BYTES = 500 << 20
_FETCH_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a watch is asked to do.

    Attributes:
        folders, feeds: what is watched; `gate` says which hosts feeds may lead to.
        folder: where state, journal and list lie.
        takes: the vault, where there is one; `vault` is its folder.
        named: whether journal and list tell paths and addresses.
        dry_run: nothing is done and nothing is remembered.
    """

    folders: tuple[Path, ...]
    folder: Path
    policy: Policy
    actions: Actions = field(default_factory=Actions)
    takes: Takes | None = None
    vault: Path | None = None
    feeds: tuple[str, ...] = ()
    gate: Gate = field(default_factory=lambda: Gate(frozenset()))
    named: bool = True
    once: bool = False
    dry_run: bool = False
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: its numbers, and whether nothing was left for later."""

    tallies: Tallies
    whole: bool


def run(orders: Orders, judge: Judge, *, stopping: Stopping, witness: Witness) -> Ran:
    """Watch until `stopping` asks to end, or once.

    Raises:
        UsageError: what is asked for cannot be, or another watch has the same state.
        StorageError: state, journal or list cannot be written; nothing was lost, start again.
        FacewardenError: nothing can be checked at all.
    """
    folders = folders_of(orders.folders)
    if not folders and not orders.feeds:
        raise UsageError("Name a folder to be watched, or a feed with --feed.")
    if orders.feeds and not orders.gate.hosts:
        raise UsageError("Feeds are read from hosts that you name only: add --allow-host HOST for each.")
    feeds = Feeds(orders.feeds, orders.gate) if orders.feeds else None
    orders.actions.demand(orders.policy)
    if not orders.dry_run and orders.takes is None and orders.actions.isolating(orders.policy):
        raise UsageError(
            "The rules take files into a vault, and there is none. Make one with facewarden vault init, or name "
            "rules without quarantine with --policy."
        )
    tallies = Tallies()
    with _kept(orders) as (state, folder):
        desk = None if orders.dry_run else Desk(
            Lines(folder / JOURNAL), Lines(folder / LIST), Ledger(state.connection), orders.named
        )  # fmt: skip
        downloads = None
        if feeds is not None:
            downloads = Downloads(
                folder / FETCHED, orders.gate, most_bytes=MOST_FETCHED_BYTES, within_s=_FETCH_S
            )
        handling = Handling(
            state=state,
            judge=judge,
            policy=orders.policy,
            performer=None if desk is None else Performer(_hands(orders, desk, stopping), desk.ledger),
            desk=desk,
            downloads=downloads,
            stopping=stopping,
            tallies=tallies,
            witness=witness,
            settle_s=orders.pace.settle_s,
        )
        watching = Watching(
            folders,
            state=state,
            handling=handling,
            stopping=stopping,
            pace=orders.pace,
            tallies=tallies,
            witness=witness,
            apart_from=[place.resolve() for place in (orders.folder, orders.vault) if place is not None],
            feeds=feeds,
        )
        try:
            if orders.once:
                return Ran(tallies, watching.once())
            watching.until_stopped()
        except Stopped:
            pass
    return Ran(tallies, whole=False)


@contextlib.contextmanager
def _kept(orders: Orders) -> Iterator[tuple[states.State, Path]]:
    """The state, and the folder for files beside it; both leave no trace of a dry run."""
    if orders.dry_run:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="facewarden-") as folder, states.opened(None) as state:
            yield state, Path(folder)
        return
    with storing(orders.folder):
        orders.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(orders.folder), states.opened(orders.folder / DATABASE) as state:
        yield state, orders.folder


def _hands(orders: Orders, desk: Desk, stopping: Stopping) -> dict[Kind, Hand]:
    def listing(lines: Lines, what: str) -> Listing:
        say = _warn if what == "warned" else None
        return Listing(lines, what, named=orders.named, say=say, case_of=desk.ledger.case)

    hands: dict[Kind, Hand] = {
        Kind.NOTE: listing(desk.journal, "noted"),
        Kind.WARN: listing(desk.journal, "warned"),
        Kind.HOLD: listing(desk.list, "held"),
        Kind.ESCALATE: listing(desk.list, "escalated"),
        Kind.WEBHOOK: Webhooks(orders.actions.webhooks, wait=stopping.pause),
        Kind.COMMAND: Commands(orders.actions.commands),
    }
    if orders.takes is not None:
        hands[Kind.QUARANTINE] = Isolating(orders.takes)
        if orders.actions.hold == "vault":
            hands[Kind.HOLD] = Isolating(orders.takes)
    return hands


def _warn(matter: Matter) -> None:
    people: Sequence[str] = matter.people
    about = f", {', '.join(people)}" if people else ""
    log.warning("%s: %s%s", matter.name or matter.sha256, matter.level, about)
