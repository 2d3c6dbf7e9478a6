"""What a store of many people does: enrolling them at once, loading it, looking faces and copies up, forgetting one.

People are made up: a random template of length 1 each, and random hashes of one picture. A few of them have a real
file, which is drawn (no face) or is the portrait of the examples; copies of these files are looked up as a user does
(`PeopleMatcher`), faces by `Registry.nearest`, which that asks for every face. Lookups of faces are timed turn by turn
with a brute search that NumPy does over the same templates, and compared with its answers; ratios are what to look at.

    python benchmarks/protect_people.py --people 1000
    python benchmarks/protect_people.py --people 100000
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.faces.finder import FaceFinder
from facewarden.faces.likeness import RATES, Likeness
from facewarden.matching.face_anchor import FaceAnchor
from facewarden.matching.pdq import Pdq
from facewarden.matching.prints import HALVES, QUARTERS, PicturePrint
from facewarden.protect.enrolment import Enrolment, with_candidates
from facewarden.protect.matcher import PeopleMatcher
from facewarden.protect.person import Consent, Features, GivenBy, ItemFeatures, Material, Person
from facewarden.protect.registry import Registry
from facewarden.protect.report import MatchReport
from facewarden.protect.store import create, opened
from facewarden.sealed.key_file import Cost, wrap_new
from facewarden.sealed.keys import MasterKey

T = TypeVar("T")
AT = "2026-01-01T00:00:00Z"
NOISE = 0.25
PORTRAIT = Path(__file__).parents[1] / "examples" / "genuine.jpg"
SQUARES = (0.45, 0.6, 0.8, 1.1, 1.5, 2.0)
"""Reaches of the squares around a face that a made-up print has; see `matching.face_anchor`."""

Templates = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument(
        "--faces", type=int, default=200, help="faces that are looked up, half of them of strangers"
    )
    parser.add_argument(
        "--copies", type=int, default=20, help="people with a drawn picture of which a copy is looked up"
    )
    parser.add_argument("--folder", type=Path, help="where the store is made; a temporary folder by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        _measure(Path(place), arguments.people, arguments.faces, arguments.copies)


def _measure(place: Path, people: int, faces: int, copies: int) -> None:
    chance = np.random.default_rng(1)
    templates = unit(chance.normal(size=(people, 128)))
    folder = place / "people"
    key = MasterKey.new()
    create(folder, key, lambda path: wrap_new(path, key, "correct horse", cost=Cost(64, 1, 1)))
    busy = os.getloadavg()[0]

    def enrol() -> None:
        with opened(folder, key) as store:
            store.add_many(made_up(templates, chance))

    enrol_s, _ = _timed(enrol)
    finder = FaceFinder()
    enrolment = Enrolment(finder=finder)
    drawn = _draw(place, copies)
    _enrol_files(folder, key, enrolment, drawn)
    load_s, registry = _timed(lambda: Registry.load(folder, key))
    first_s, known = _timed(lambda: len(registry))
    # What a user has, the few with real files included.
    templates = registry.templates
    asked = list(_faces(templates, registry.people, faces, chance))
    looked = look_up(registry, templates, asked)
    with PeopleMatcher(folder, key, finder=finder, encoder=enrolment.encoder) as matcher:
        index_s, _ = _timed(lambda: matcher.match(drawn[0][1]))
        copies_s, reports = _timed(lambda: [matcher.match(copy) for _, copy in drawn[1:]])
    forget_s, _ = _timed(lambda: _forget(folder, key))

    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    count = len(templates)
    print(f"{known:,} people, {count:,} templates; load of the machine at the start: {busy:.1f}")
    print("\n| | seconds of processor time | |\n|---|---|---|")
    print(f"| enrol all at once | {enrol_s:.2f} | {1000 * enrol_s / people:.2f} ms a person |")
    print(f"| load the store | {load_s:.2f} | |")
    print(f"| lay out the templates | {first_s:.2f} | |")
    ratio = looked.took_s / looked.brute_s
    print(f"| look up one face | {looked.took_s / len(asked):.5f} | {ratio:.2f} x brute |")
    print(f"| look up the first file, with the indexes laid out and networks loaded | {index_s:.2f} | |")
    print(f"| look up one file after that | {copies_s / max(1, len(reports)):.3f} | |")
    print(f"| forget one person | {forget_s:.2f} | |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nstore: {size / 1e6:.0f} MB; memory of all this together: {peak:.0f} MB at most")
    print_answers(looked, known=known)
    print_copies(reports)


@dataclass(frozen=True, slots=True)
class Asked:
    """A face (128,) that is looked up, and whose it is: an id, or None for a stranger's."""

    face: Templates
    person: str | None


@dataclass(slots=True)
class Looked:
    """What came of the faces: how many answers of each kind for enrolled people and for strangers, and the time.

    Attributes:
        agreed: of how many the nearest template was the one that brute force finds.
        took_s, brute_s: processor time of `Registry.nearest`, and of brute force.
    """

    enrolled: Counter[str]
    strangers: Counter[str]
    agreed: int = 0
    took_s: float = 0.0
    brute_s: float = 0.0


def look_up(registry: Registry, templates: Templates, asked: Sequence[Asked]) -> Looked:
    """One face after the other, as files come: each beside brute force, so that a busy machine slows both alike."""
    looked = Looked(Counter(), Counter())
    likeness, people = Likeness(registry), registry.people
    for one in asked:
        took, found = _timed(lambda one=one: registry.nearest(one.face[None]))
        looked.took_s += took
        took, place = _timed(lambda one=one: brute(templates, one.face))
        looked.brute_s += took
        near = likeness.nearest(one.face[None])
        looked.agreed += (near[0].person if near else None) == (None if place is None else people[place])
        if found:
            right = found[0].person == one.person
            answer = ("sure" if found[0].sure else "possible") if right else "somebody else"
        elif not near:
            answer = "nobody near"
        else:
            answer = "too many people" if not registry.tells_faces_apart else "not near enough"
        (looked.strangers if one.person is None else looked.enrolled)[answer] += 1
    return looked


ANSWERS = {
    "sure": "named, sure",
    "possible": "named, possible",
    "somebody else": "another one named",
    "too many people": "nobody named: so many templates that no distance says anything",
    "not near enough": "nobody named: one is near, but half of all strangers could be as near to somebody",
    "nobody near": f"nobody named: nobody within {RATES[-1].distance}",
}


def print_answers(looked: Looked, *, known: int) -> None:
    total = sum(looked.enrolled.values()) + sum(looked.strangers.values())
    print(
        f"\nFaces looked up among {known:,} people: {looked.agreed} of {total} nearest as brute force has them.\n"
    )
    enrolled, strangers = (sum(each.values()) for each in (looked.enrolled, looked.strangers))
    print(f"| answer | {enrolled} faces of enrolled people | {strangers} of strangers |\n|---|---|---|")
    for answer, words in ANSWERS.items():
        print(f"| {words} | {looked.enrolled[answer]} | {looked.strangers[answer]} |")


def print_copies(reports: Sequence[MatchReport]) -> None:
    print(
        "\n| file looked up | files | right one confirmed | others found | faces named | told: too many people |"
    )
    print("|---|---|---|---|---|---|")
    portrait = [report for report in reports if "portrait" in report.path]
    for words, own in (
        ("copy of a drawn picture", [report for report in reports if "portrait" not in report.path]),
        ("copy of the portrait", portrait),
    ):
        right = sum(
            any(copy.tier == "confirmed" and copy.name == Path(report.path).stem for copy in report.copies)
            for report in own
        )
        wrong = sum(copy.name != Path(report.path).stem for report in own for copy in report.copies)
        told = sum(
            any(said.id == "match.left_out.too_many_people" for said in report.not_checked) for report in own
        )
        print(f"| {words} | {len(own)} | {right} | {wrong} | {sum(len(r.faces) for r in own)} | {told} |")


def made_up(templates: Templates, chance: np.random.Generator) -> Iterator[tuple[Person, Features]]:
    """A person for each template, with the hashes of a picture of one face."""
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
        item = ItemFeatures.of(1, sha256=chance.bytes(32).hex(), embedding=template, picture=_print(chance))
        yield person, Features(items=(item,))


def _print(chance: np.random.Generator) -> PicturePrint:
    def some(count: int) -> tuple[Pdq, ...]:
        return tuple(Pdq(chance.bytes(32)) for _ in range(count))

    squares = tuple(FaceAnchor(0, reach, Pdq(chance.bytes(32))) for reach in SQUARES)
    return PicturePrint(some(1)[0], some(len(HALVES)), some(len(QUARTERS)), squares, ())


def _draw(place: Path, copies: int) -> list[tuple[Path, Path]]:
    """Pictures with the worse copies that are looked up: one to begin with, `copies` drawn ones, and the portrait."""
    made = []
    for number in range(copies + 1):
        pixels = np.random.default_rng(1000 + number).integers(0, 256, (9, 12, 3), np.uint8)
        made.append((f"drawn {number}", Image.fromarray(pixels).resize((640, 480), Image.Resampling.BICUBIC)))
    with Image.open(PORTRAIT) as portrait:
        made.append(("portrait", portrait.convert("RGB")))
    files = []
    for kind in ("enrolled", "copy"):
        (place / kind).mkdir()
    for name, picture in made:
        original, copy = place / "enrolled" / f"{name}.png", place / "copy" / f"{name}.jpg"
        picture.save(original)
        smaller = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
        smaller.save(copy, quality=30)
        files.append((original, copy))
    return files


def _enrol_files(
    folder: Path, key: MasterKey, enrolment: Enrolment, files: Sequence[tuple[Path, Path]]
) -> None:
    with opened(folder, key) as store:
        for original, _ in files:
            found = (enrolment.photos if original.stem == "portrait" else enrolment.material)([original])
            if not found[0].accepted:
                raise SystemExit(f"{original.name} was not accepted: {found[0].faults}")
            person = store.drafted(original.stem, purpose="benchmark")
            record, features = with_candidates(person, Features(), found, now=AT)
            store.add(original.stem, purpose="benchmark", person=record, features=features)


def _forget(folder: Path, key: MasterKey) -> None:
    with opened(folder, key) as store:
        store.forget(store.find("Person 0"))


def _faces(
    templates: Templates, people: Sequence[str], count: int, chance: np.random.Generator
) -> Iterator[Asked]:
    """Every second one is of an enrolled person, a little changed."""
    for number in range(count):
        noise = chance.normal(size=128) / np.sqrt(128)
        owner = int(chance.integers(len(templates))) if number % 2 else None
        face = unit(noise[None])[0] if owner is None else templates[owner] + NOISE * noise
        yield Asked(np.asarray(face, np.float32), None if owner is None else people[owner])


def brute(templates: Templates, face: Templates) -> int | None:
    """The row of the nearest template, None where none is within the farthest rate."""
    distances = np.linalg.norm(templates - face, axis=1)
    place = int(np.argmin(distances))
    return place if distances[place] <= RATES[-1].distance else None


def unit(rows: npt.NDArray[np.floating]) -> Templates:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


if __name__ == "__main__":
    main()
