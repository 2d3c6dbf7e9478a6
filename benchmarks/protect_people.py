"""How long a store of many people takes: enrolling them at once, loading it, looking faces up, forgetting one.

People are made up: random templates of length 1, without pictures. Lookups are timed turn by turn with a brute search
that NumPy does over the same templates, and compared with its answers; ratios are what to look at.

    python benchmarks/protect_people.py --people 1000 --faces 200
    python benchmarks/protect_people.py --people 100000
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from facewarden.faces.likeness import RATES, Likeness
from facewarden.protect.person import Consent, Features, GivenBy, ItemFeatures, Material, Person
from facewarden.protect.registry import Registry
from facewarden.protect.store import create, opened
from facewarden.sealed.key_file import Cost, wrap_new
from facewarden.sealed.keys import MasterKey

T = TypeVar("T")
AT = "2026-01-01T00:00:00Z"
NOISE = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument(
        "--faces", type=int, default=200, help="faces that are looked up, half of them of strangers"
    )
    parser.add_argument("--folder", type=Path, help="where the store is made; a temporary folder by default")
    arguments = parser.parse_args()
    chance = np.random.default_rng(1)
    templates = _unit(chance.normal(size=(arguments.people, 128)))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        _measure(Path(place) / "people", templates, arguments.faces, chance)


def _measure(
    folder: Path, templates: npt.NDArray[np.float32], faces: int, chance: np.random.Generator
) -> None:
    key = MasterKey.new()
    create(folder, key, lambda path: wrap_new(path, key, "correct horse", cost=Cost(64, 1, 1)))

    def enrol() -> None:
        with opened(folder, key) as store:
            store.add_many(_people(templates))

    enrol_s, _ = _timed(enrol)
    load_s, registry = _timed(lambda: Registry.load(folder, key))
    first_s, likeness = _timed(lambda: Likeness(registry))
    asked, owners = _faces(templates, faces, chance)

    # One face after the other, as files come: each beside brute force, so that a busy machine slows both alike.
    times = {"registry": 0.0, "brute": 0.0}
    right = 0
    for face, owner in zip(asked, owners, strict=True):
        took, found = _timed(lambda face=face: likeness.nearest(face[None]))
        times["registry"] += took
        took, place = _timed(lambda face=face: _brute(templates, face))
        times["brute"] += took
        expected = place if owner is not None else None
        right += (found[0].person if found else None) == (None if expected is None else f"{expected:032x}")
    forget_s, _ = _timed(lambda: _forget(folder, key))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    count = len(templates)
    print(f"{count:,} people, {faces} faces looked up; {right} of {faces} answers as brute force has them")
    print("| | seconds of processor time | |")
    print("|---|---|---|")
    print(f"| enrol all at once | {enrol_s:.2f} | {1000 * enrol_s / count:.2f} ms a person |")
    print(f"| load the store | {load_s:.2f} | |")
    print(f"| lay out the templates | {first_s:.2f} | |")
    print(
        f"| look up one face | {times['registry'] / faces:.5f} | {times['registry'] / times['brute']:.2f} x brute |"
    )
    print(f"| forget one person | {forget_s:.2f} | |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"store: {size / 1e6:.0f} MB; memory of all this together: {peak:.0f} MB at most")


def _people(templates: npt.NDArray[np.float32]) -> Iterator[tuple[Person, Features]]:
    consent = Consent(given_at=AT, purpose="benchmark", by=GivenBy.SELF)
    for number, template in enumerate(templates):
        person = Person(
            id=f"{number:032x}",
            name=f"Person {number}",
            consent=consent,
            enrolled_at=AT,
            materials=(Material(number=1, kind="photo", added_at=AT),),
            next_number=2,
        )
        yield person, Features(items=(ItemFeatures.of(1, embedding=template),))


def _forget(folder: Path, key: MasterKey) -> None:
    with opened(folder, key) as store:
        store.forget(store.find("Person 0"))


def _faces(
    templates: npt.NDArray[np.float32], count: int, chance: np.random.Generator
) -> tuple[npt.NDArray[np.float32], list[int | None]]:
    """Every second one is of an enrolled person, a little changed; and whose each is."""
    faces, owners = [], list[int | None]()
    for number in range(count):
        owner = int(chance.integers(len(templates))) if number % 2 else None
        noise = chance.normal(size=128) / np.sqrt(128)
        faces.append(noise if owner is None else templates[owner] + NOISE * noise)
        owners.append(owner)
    return _unit(np.array(faces)), owners


def _brute(templates: npt.NDArray[np.float32], face: npt.NDArray[np.float32]) -> int | None:
    distances = np.linalg.norm(templates - face, axis=1)
    place = int(np.argmin(distances))
    return place if distances[place] <= RATES[-1].distance else None


def _unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


if __name__ == "__main__":
    main()
