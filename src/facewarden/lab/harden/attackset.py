"""The forgeries that a round is about: made in memory from genuine faces, or taken from the stores.

Nothing here writes a picture. A forgery and its genuine twin are compressed alike, so that the twin that was saved
once more does not tell itself by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.launder import jpeg
from facewarden.lab.harden.plan import METHODS
from facewarden.lab.training.attacked import PREFIX, attack_of, attacked
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord
from facewarden.media.frame import ImageRGB

_MIN_HEIGHT_PX, _MAX_YAW_DEG = 64.0, 40.0
"""Faces that any of our attacks can be tried on; smaller and more turned ones are judged, but not forged."""

_QUALITY = (60, 96)


@dataclass(frozen=True, slots=True)
class Case:
    """A face to be judged: an aligned crop (256, 256, 3) uint8, and where it comes from."""

    record: FaceRecord
    crop_rgb: ImageRGB


def stored(shelf: FaceShelf) -> Iterator[Case]:
    """Every face of the shelf, cut plainly."""
    for number, record in enumerate(shelf.records):
        yield Case(record, _cut(shelf, number))


def forged(shelf: FaceShelf, kind: str, *, count: int, seed: int) -> Iterator[Case]:
    """`count` forgeries of a kind, or as many as there are; the forgeries of an attack each after its genuine twin.

    The same seed draws the same faces. Attacks go from person to person before anyone is forged again.

    Raises:
        UsageError: the shelf holds no face for it, or the attack forges no pixel.
    """
    made = (
        _attacked(shelf, kind, count, seed) if kind.startswith(PREFIX) else _found(shelf, kind, count, seed)
    )
    first = next(made, None)
    if first is None:
        raise UsageError(
            f"The target {kind.removeprefix(PREFIX)} cannot be measured: it forges nothing in single pictures, or "
            "the stores hold no faces for it."
        )
    yield first
    yield from made


def _attacked(shelf: FaceShelf, kind: str, count: int, seed: int) -> Iterator[Case]:
    attack = attack_of(kind)
    genuine = _by_turns(shelf, seed)
    tried = islice(genuine, 4 * count)
    done = 0
    for number in tried:
        rng = np.random.default_rng([seed, number])
        made = attacked(shelf, number, attack, rng, donors=genuine)
        if made is None:
            continue
        quality = int(rng.integers(*_QUALITY))
        twins = made.cut(align.crop_transform(made.landmarks), CROP_SIZE)[:2]
        plain = replace(shelf.records[number], pair=f"{kind}#{number}", method=f"before {kind}")
        for record, crop in zip((plain, replace(plain, label=1, method=kind)), twins, strict=True):
            path = f"{kind}#{number}/{record.label}"
            yield Case(replace(record, path=path, media="photo"), jpeg(crop, quality))
        done += 1
        if done == count:
            return


def _found(shelf: FaceShelf, kind: str, count: int, seed: int) -> Iterator[Case]:
    numbers = [n for method in METHODS[kind] for n in shelf.by_method.get(f"{method}/1", ())]
    order = np.random.default_rng(seed).permutation(len(numbers))[:count]
    for place in sorted(order):
        yield Case(shelf.records[numbers[place]], _cut(shelf, numbers[place]))


def _by_turns(shelf: FaceShelf, seed: int) -> list[int]:
    """The genuine faces that can be forged, shuffled: one of each person, then a second one of each, and so on."""
    fit = [
        number
        for number, record in enumerate(shelf.records)
        if not record.label and record.height_px >= _MIN_HEIGHT_PX and abs(record.yaw_deg) <= _MAX_YAW_DEG
    ]
    shuffled = [fit[i] for i in np.random.default_rng(seed).permutation(len(fit))]
    turn: dict[str, int] = {}
    turns = []
    for number in shuffled:
        identity = shelf.records[number].identity
        turn[identity] = turn.get(identity, 0) + 1
        turns.append(turn[identity])
    return [shuffled[i] for i in np.argsort(turns, kind="stable")]


def _cut(shelf: FaceShelf, number: int) -> ImageRGB:
    picture, points = shelf.face(number)
    return warp.cut(picture, align.crop_transform(points), CROP_SIZE)


def batches(cases: Iterator[Case], size: int) -> Iterator[Sequence[Case]]:
    """The cases by `size`."""
    while batch := list(islice(cases, size)):
        yield batch
