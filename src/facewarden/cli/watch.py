"""``facewarden watch``: the options, what is shown, and the exit code."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from facewarden import places
from facewarden.cli.exit_codes import ERROR, FOUND, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.quantities import SECONDS

if TYPE_CHECKING:
    from facewarden.acting.isolating import VaultTakes
    from facewarden.watch.judging import Recognises
    from facewarden.watch.session import Ran
    from facewarden.watch.stopping import Stopping
    from facewarden.watch.tallies import Tallies

STATE = "FACEWARDEN_STATE"
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("watch")
@click.argument("folders", metavar="FOLDER...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--people", type=_FOLDER, help="Folder of enrolled people to match with.")
@click.option(
    "--people-passphrase-file", type=_FILE, help="File whose first line is the passphrase of --people."
)
@click.option(
    "--vault",
    type=_FOLDER,
    help="Folder of the vault.  [default: $FACEWARDEN_VAULT, or facewarden/vault in your folder for data]",
)
@click.option("--passphrase-file", type=_FILE, help="File whose first line is the passphrase of the vault.")
@click.option("--policy", type=_FILE, help="YAML file with the rules.  [default: those of the package]")
@click.option("--actions", type=_FILE, help="TOML file that says where webhooks lead and what commands run.")
@click.option(
    "--state",
    type=_FOLDER,
    help="Folder for what is remembered, the journal and the list.  [default: $FACEWARDEN_STATE, or "
    "facewarden/watch in your folder for state]",
)
@click.option("--once", is_flag=True, help="See to what is there now, then end.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing, remember nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the journal's lines on stdout as well.")
@click.option("--no-paths", is_flag=True, help="Write no paths and addresses into journal and list.")
@click.option(
    "--feed", "feeds", multiple=True, metavar="URL", help="RSS, Atom or JSON list; may be repeated."
)
@click.option("--allow-host", "hosts", multiple=True, metavar="HOST", help="Host that feeds may lead to.")
@click.option("--allow-private", is_flag=True, hidden=True, help="Feeds may lead into the own network.")
@click.option(
    "--settle",
    type=SECONDS,
    default=2.0,
    help="A file is complete when it stood still so long.  [default: 2s]",
)
@click.option(
    "--rescan", type=SECONDS, default=300.0, help="From one scan of all folders to the next.  [default: 5m]"
)
@click.option(
    "--queue",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="So many files wait at most.",
)
@click.option("--fast", is_flag=True, help="Look at fewer pictures and compute no identities.")
@click.option("--thorough", is_flag=True, help="Look at more pictures.")
@click.option(
    "--actor", help="Who does this, for the vault's log.  [default: $FACEWARDEN_ACTOR, or your user name]"
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but what went wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is done.")
@click.pass_context
def watch_command(ctx: click.Context, /, **options: Any) -> None:
    """Check what comes into each FOLDER, and do what the rules say (docs/watch.md).

    New files are taken when they are complete, each once, also after a restart. What was done stands in the journal,
    what waits for a person in the list (facewarden waiting). Ctrl-C and SIGTERM end it in order.

    \b
    Exit codes:
      0  it was asked to end; with --once: nothing was held, quarantined or
         escalated
      1  with --once: something was
      2  it could not go on, or something could not be done; with --once also:
         a file was given up
      3  with --once: a file could not be judged, or was left for later
    """
    if options["fast"] and options["thorough"]:
        raise click.UsageError("--fast and --thorough exclude each other.", ctx)
    if options["quiet"] and options["verbose"]:
        raise click.UsageError("--quiet and --verbose exclude each other.", ctx)
    ctx.exit(_watch(**options))


def _watch(
    *,
    folders: tuple[Path, ...],
    people: Path | None,
    people_passphrase_file: Path | None,
    vault: Path | None,
    passphrase_file: Path | None,
    policy: Path | None,
    actions: Path | None,
    state: Path | None,
    once: bool,
    dry_run: bool,
    as_json: bool,
    no_paths: bool,
    feeds: tuple[str, ...],
    hosts: tuple[str, ...],
    allow_private: bool,
    settle: float,
    rescan: float,
    queue: int,
    fast: bool,
    thorough: bool,
    actor: str | None,
    quiet: bool,
    verbose: bool,
) -> int:
    from facewarden.acting.configuration import read_actions
    from facewarden.checker import Checker
    from facewarden.outbound.gate import Gate, host_names
    from facewarden.policy.reading import read_policy
    from facewarden.watch.horizon import horizon_s
    from facewarden.watch.judging import Judge
    from facewarden.watch.session import Orders, run
    from facewarden.watch.stopping import Stopping
    from facewarden.watch.watching import Pace

    rules, doing = read_policy(policy), read_actions(actions)
    place, takes = None, None
    if doing.isolating(rules) and not dry_run:
        place, takes = _vault(vault, passphrase_file, actor)
    orders = Orders(
        folders=folders,
        folder=state or default_state(),
        policy=rules,
        actions=doing,
        takes=takes,
        vault=place or vault,
        feeds=feeds,
        gate=Gate(host_names(hosts), private=allow_private),
        named=not no_paths,
        once=once,
        dry_run=dry_run,
        pace=Pace(settle_s=settle, rescan_s=rescan, feed_s=rescan, queue=queue, sightings_s=horizon_s(rules)),
    )
    stopping = Stopping()
    with (
        _logged(quiet=quiet, verbose=verbose),
        _people(people, people_passphrase_file) as recognises,
        shown(as_json=as_json, quiet=quiet, plain=verbose) as witness,
    ):
        checker = Checker(effort="fast" if fast else "thorough" if thorough else "default")
        with asked_by_signals(stopping) as asked:
            ran = run(orders, Judge(checker, recognises), stopping=stopping, witness=witness)
    return exit_code(ran, once=once, signum=asked[0] if asked else None)


def exit_code(ran: Ran, *, once: bool, signum: int | None) -> int:
    """What the run comes to; `signum` is that of the signal that ended it."""
    if not once:
        return FOUND_NOTHING
    if signum is not None:
        return 128 + signum
    tallies = ran.tallies
    if tallies.failed or tallies.aside:
        return ERROR
    if tallies.found:
        return FOUND
    return FOUND_NOTHING if ran.whole and not tallies.unjudged else INCONCLUSIVE


def default_state() -> Path:
    """The folder that FACEWARDEN_STATE names, else ``facewarden/watch`` in the user's folder for state (XDG)."""
    return places.state("watch", STATE)


def _vault(folder: Path | None, passphrase_file: Path | None, actor: str | None) -> tuple[Path, VaultTakes]:
    from facewarden.acting.isolating import VaultTakes
    from facewarden.cli.vault_door import existing, key_of, who

    place = existing(folder)
    return place, VaultTakes(place, key_of(place, passphrase_file), actor=f"{who(actor)} (watch)")


@contextlib.contextmanager
def _people(folder: Path | None, passphrase_file: Path | None) -> Iterator[Recognises]:
    from facewarden.watch.judging import Enrolled, Nobody

    if folder is None:
        yield Nobody()
        return
    from facewarden.cli.protect_door import place_and_key
    from facewarden.protect.matcher import PeopleMatcher

    with PeopleMatcher(*place_and_key(folder, passphrase_file)) as matcher:
        yield Enrolled(matcher)


@contextlib.contextmanager
def asked_by_signals(stopping: Stopping) -> Iterator[list[int]]:
    """Within the block, signals ask `stopping` to end; the numbers of those that came."""
    asked: list[int] = []

    def ask(signum: int, _: FrameType | None) -> None:
        asked.append(signum)
        stopping.ask()

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _logged(*, quiet: bool, verbose: bool) -> Iterator[None]:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logger = logging.getLogger("facewarden")
    before = logger.level
    logger.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


class _Shown:
    """Lines on stdout, and a status line on a terminal's stderr."""

    def __init__(self, *, as_json: bool, status: Any) -> None:
        from facewarden.cli.streams import StandardOutput

        self._out = StandardOutput(language="en")
        self._as_json, self._status = as_json, status

    def at(self, tallies: Tallies) -> None:
        if self._status is not None:
            told = ", ".join(f"{number} {name}" for name, number in asdict(tallies).items() if number)
            self._status.update(f"watching: {told or 'nothing yet'}")

    def record(self, line: dict[str, object]) -> None:
        from facewarden.cli.watch_words import line_of

        self._out.write((json.dumps(line) if self._as_json else line_of(line)) + "\n")


@contextlib.contextmanager
def shown(*, as_json: bool, quiet: bool, plain: bool) -> Iterator[_Shown]:
    """Choose how to show what happens."""
    if quiet or plain or sys.stderr is None or not sys.stderr.isatty():
        yield _Shown(as_json=as_json, status=None)
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    with console.status("watching") as status:
        yield _Shown(as_json=as_json, status=None if console.is_dumb_terminal else status)
