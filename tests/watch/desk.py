"""A watched folder with all that belongs to it, for tests."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from facewarden.acting.isolating import VaultTakes
from facewarden.acting.lines import Lines
from facewarden.vault import vault
from facewarden.watch.judging import Judge, Recognises
from facewarden.watch.session import JOURNAL, LIST, Orders, Ran, run
from facewarden.watch.stopping import Stopping
from facewarden.watch.watching import Pace
from tests.vault.making import KEY, make
from tests.watch.standing import Knows, Notes, StandIn, rules

SETTLE_S = 0.05


class Desk:
    """Runs watches in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox, self.state, self.vault = root / "inbox", root / "state", root / "vault"
        self.inbox.mkdir(exist_ok=True)
        if not self.vault.exists():
            make(self.vault)
        self.checker = StandIn()
        self.knows: Recognises = Knows()
        self.notes = Notes()

    def orders(self, **changes: Any) -> Orders:
        orders = Orders(
            folders=(self.inbox,),
            folder=self.state,
            policy=rules(),
            takes=VaultTakes(self.vault, KEY, actor="watch"),
            vault=self.vault,
            once=True,
            pace=Pace(settle_s=SETTLE_S, rescan_s=600.0),
        )
        return replace(orders, **changes)

    def put(self, name: str, content: bytes) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def once(self, **changes: Any) -> Ran:
        return run(
            self.orders(**changes), Judge(self.checker, self.knows), stopping=Stopping(), witness=self.notes
        )

    @contextmanager
    def watching(self, **changes: Any) -> Iterator[Stopping]:
        """A watch in a thread; it is asked to end when the block is over."""
        stopping, failed = Stopping(), []

        def watch() -> None:
            try:
                run(
                    self.orders(once=False, **changes),
                    Judge(self.checker, self.knows),
                    stopping=stopping,
                    witness=self.notes,
                )
            except BaseException as error:
                failed.append(error)
                raise

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield stopping
        finally:
            # Not `ask`: that breaks off a check in the main thread, where the watch runs in earnest.
            stopping._asked = True
            stopping.woke.set()
            thread.join()
        assert not failed

    def journal(self, kind: str = "judged") -> list[dict[str, Any]]:
        return [line for line in Lines(self.state / JOURNAL).since() if line["kind"] == kind]

    def list(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in Lines(self.state / LIST).since() if line["kind"] == kind]

    def reports(self) -> list[dict[str, Any]]:
        """Those that the vault keeps with what it holds."""
        with vault.opened(self.vault, KEY) as opened:
            found = [opened.report(case.number) for case in opened.cases() if case.state.held]
        return [json.loads(report or b"{}") for report in found]

    def held(self) -> Counter[str]:
        """Digests of what the vault holds."""
        with vault.opened(self.vault, KEY) as opened:
            return Counter(opened.facts(case.number).sha256 for case in opened.cases() if case.state.held)


def digests(lines: list[dict[str, Any]]) -> Counter[str]:
    return Counter(line["sha256"] for line in lines)
