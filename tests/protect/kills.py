"""Kills stores of people at work: ``python -m tests.protect.kills FOLDER EVERY die|no_room``.

Each run is a forked child that ends itself at one point of a change: before, within or after the n-th call that
changes something on the disk. The next process must find the store as it was before, or as it is afterwards, and
nothing of what was forgotten once the change counts. Prints a JSON object: how many points there are, and what went
wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from facewarden.errors import FacewardenError
from facewarden.matching.exchange import Kind, Signal
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import Hashed
from facewarden.protect.layout import Layout
from facewarden.protect.registry import Registry
from facewarden.protect.store import PeopleStore, opened
from tests.protect.making import KEY, Clock, embedding, features, make, pdq, person
from tests.vault.kills import Killer, die, no_room

Change = Callable[[PeopleStore], object]
CHANGES: dict[str, Change] = {
    "add": lambda store: store.add("Person 9", purpose="tests", features=features(9)),
    "add_many": lambda store: store.add_many((person(n), features(n)) for n in (9, 10)),
    "update": lambda store: store.update(store.find("Person 1"), features(9)),
    "withdraw": lambda store: store.withdraw(store.find("Person 1")),
    "forget": lambda store: store.forget(store.find("Person 1"), store.find("Person 3")),
    "keep_list": lambda store: store.shelf.keep("B", listed(3, 4)),
    "replace_list": lambda store: store.shelf.keep("A", listed(3, 4), replace=True),
    "forget_list": lambda store: store.shelf.forget(["A"]),
    "ignore": lambda store: store.shelf.ignore([Hashed("1" * 64, (pdq(9),))]),
    "count_again": lambda store: store.shelf.count_again([1]),
    "limit": lambda store: store.set_allowance(burst=5, per_hour=5),
}


def main(folder: Path, every: int, act: Callable[[], None]) -> None:
    clock = Clock()
    fresh = make(folder / "fresh", clock=clock)
    with opened(fresh, KEY, clock=clock) as store:
        store.add_many((person(n), features(n)) for n in (1, 2))
        store.add("Person 3", purpose="tests", features=features(3))
        store.shelf.keep("A", listed(1, 2))
        store.shelf.ignore([Hashed("0" * 64, (pdq(8),))])
    wrong: list[str] = []
    points = 0
    for name, change in CHANGES.items():
        before = seen(fresh, clock)
        after_folder = folder / f"{name}-after"
        shutil.copytree(fresh, after_folder)
        with opened(after_folder, KEY, clock=clock) as store:
            change(store)
        after = seen(after_folder, clock)
        point = 1
        while True:
            place = folder / "at-work"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(fresh, place)
            ended = run(place, clock, change, point, act)
            points += 1
            try:
                # Reading alone must work at any moment; opening to write clears away.
                Registry.load(place, KEY, clock=clock)
                found = seen(place, clock)
                if found not in (before, after):
                    wrong.append(f"{name} {point}: neither before nor after")
                with opened(place, KEY, clock=clock) as store:
                    if faults := store.faults():
                        wrong.append(f"{name} {point}: {faults}")
                    names = {path.name for path in Layout(place).objects.iterdir()}
                    if names != store._roll.counted():
                        wrong.append(f"{name} {point}: something was left lying")
            except FacewardenError as error:
                wrong.append(f"{name} {point}: {error}")
            if ended:
                if found != after:
                    wrong.append(f"{name} {point}: ended and did nothing")
                break
            point += every
    sys.stdout.write(json.dumps({"points": points, "wrong": wrong}) + "\n")


def listed(*seeds: int) -> HashList:
    return HashList.of(Signal(Kind.PDQ, pdq(seed).hex) for seed in seeds)


def run(folder: Path, clock: Clock, change: Change, point: int, act: Callable[[], None]) -> bool:
    """Whether the change came to its end."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            with opened(folder, KEY, clock=clock) as store:
                killer = Killer(point, act)
                try:
                    change(store)
                finally:
                    code = 0 if killer.passed < point else 3
        except BaseException:  # noqa: BLE001 - a child must not return from here
            code = 3
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def seen(folder: Path, clock: Clock) -> object:
    """What a later command sees: who there is with what, who is found by face, lists, and the rule of lookups."""
    with opened(folder, KEY, clock=clock) as store:
        people = sorted((each.name, each.withdrawn, store.features(each).sealed()) for each in store.people())
        rule = store.allowance.burst
        lists = [(each.label, b"".join(store.shelf.content(each).chunks())) for each in store.shelf.lists()]
        ignored = [each.number for each in store.shelf.ignored().pictures]
    registry = Registry.load(folder, KEY, clock=clock)
    found = [[near.name for near in registry.nearest(embedding(n)[None])] for n in (1, 2, 3, 9, 10)]
    return people, rule, lists, ignored, found


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), {"die": die, "no_room": no_room}[sys.argv[3]])
