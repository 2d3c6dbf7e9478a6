"""Stores of people for tests: made-up templates and hashes, and a key that costs nothing to wrap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facewarden.matching.clips import ClipPrint, Second
from facewarden.matching.face_anchor import FaceAnchor
from facewarden.matching.pdq import Pdq
from facewarden.matching.prints import HALVES, QUARTERS, PicturePrint
from facewarden.protect import store
from facewarden.protect.allowance import Allowance
from facewarden.protect.person import Consent, Features, GivenBy, ItemFeatures, Person
from facewarden.sealed.key_file import Cost, wrap_new
from facewarden.sealed.keys import MasterKey

PASSPHRASE = "correct horse"
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
KEY = MasterKey(bytes(range(32)))
OTHER_KEY = MasterKey(bytes(range(1, 33)))
GIVEN_AT = "2026-03-01T12:00:00Z"


class Clock:
    """A clock that stands still unless it is set."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


def make(folder: Path, *, clock: store.Clock = store.utc_now, allowance: Allowance | None = None) -> Path:
    """A new store in `folder`, under `KEY`."""
    store.create(
        folder,
        KEY,
        lambda path: wrap_new(path, KEY, PASSPHRASE, cost=CHEAP),
        clock=clock,
        allowance=allowance,
    )
    return folder


def embedding(seed: int, *, spread: float = 0.0) -> np.ndarray:
    """(128,) of length 1; with a `spread`, near that of the seed."""
    chance = np.random.default_rng(seed)
    middle = chance.normal(size=128)
    middle /= np.linalg.norm(middle)
    moved = middle + spread * np.random.default_rng().normal(size=128) / np.sqrt(128)
    return np.asarray(moved / np.linalg.norm(moved), np.float32)


def pdq(seed: int) -> Pdq:
    return Pdq(np.random.default_rng(seed).bytes(32))


def picture(seed: int) -> PicturePrint:
    halves = tuple(pdq(1000 * seed + number) for number in range(1, 1 + len(HALVES)))
    quarters = tuple(pdq(1000 * seed + number) for number in range(101, 101 + len(QUARTERS)))
    anchors = (FaceAnchor(0, 0.45, pdq(1000 * seed + 200)), FaceAnchor(0, 0.6, pdq(1000 * seed + 201)))
    return PicturePrint(pdq(1000 * seed), halves, quarters, anchors, ())


def clip(seed: int, seconds: int = 5) -> ClipPrint:
    anchors = (FaceAnchor(0, 0.45, pdq(7000 * seed)),)
    return ClipPrint(tuple(Second(float(n), pdq(5000 * seed + n), anchors) for n in range(seconds)))


def features(seed: int, *, spread: float = 0.0) -> Features:
    """A portrait and a clip of the person with this number."""
    return Features(
        items=(
            ItemFeatures.of(
                1,
                md5=f"{seed:032x}",
                sha256=pdq(9000 * seed + 1).hex,
                embedding=embedding(seed, spread=spread),
                picture=picture(seed),
            ),
            ItemFeatures.of(2, sha256=pdq(9000 * seed + 2).hex, clip=clip(seed)),
        )
    )


def person(number: int, **changes: object) -> Person:
    made = Person(
        id=f"{number:032x}",
        name=f"Person {number}",
        consent=Consent(given_at=GIVEN_AT, purpose="tests", by=GivenBy.SELF),
        enrolled_at=GIVEN_AT,
    )
    return made.model_copy(update=changes)


def everything(folder: Path) -> Iterator[bytes]:
    """The bytes of every file below `folder`, and their names."""
    for path in sorted(folder.rglob("*")):
        yield str(path.relative_to(folder)).encode()
        if path.is_file():
            yield path.read_bytes()
