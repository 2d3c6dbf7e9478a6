"""Can the head tell whose face it wears? The study behind the cue `registered_identity`.

For people with several recordings of their own: faces of theirs (templates), faces of theirs from other recordings
(genuine), and their face put onto other people by the lab's one-photo swap (forged); and streamers beside the live
autoencoder's forgery of the same stream, which puts another face onto the enrolled head. Of every face three chips are
embedded: as it is, with all but the inner face grey, and, from farther away, with the inner face grey (hair, ears,
jaw). A histogram of the colours around the face is the cheap rival. Nothing forged leaves the memory.

    python benchmarks/registered_identity.py --data FOLDER --work FOLDER

Faces are kept as numbers in the folder --work as they come, and a later run goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from protect_gallery import SAME_PERSON, faces_of, person_of

from facewarden.cues.regions import face_and_ring
from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import CHIP_PX, IdentityEncoder, chip_transform
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.dataset import Item, load
from facewarden.media.frame import Frame, ImageRGB
from facewarden.verdict.calibration import fit_logistic

CHIPS = ("full", "inner", "outer")
TEMPLATES, PROBES = 3, 4
WIDE = 0.66
GREY = 127
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Face:
    """One face as numbers. `about` is whose face it is said to be, `on` whose head it is on."""

    key: str
    about: str
    on: str
    split: str
    method: str
    kind: str
    chips: dict[str, list[float]]
    colour: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEWARDEN_DATA"))
    parser.add_argument("--work", type=Path, required=True, help="folder outside the repository")
    parser.add_argument("--clips", type=int, default=24, help="pairs of streams, at most")
    options = parser.parse_args()
    data = load(None if options.data is None else Path(options.data))
    study = Study(options.work / "registered_identity.jsonl")
    study.one_photo([item for item in data.items if item.label == "real" and item.method in SAME_PERSON])
    study.live(data.items, options.clips)
    print_tables(study.faces)


class Study:
    """The faces of the study, in a file as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.faces: list[Face] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                self.faces.append(Face(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        self._finder, self._encoder = FaceFinder(), IdentityEncoder()

    def one_photo(self, items: Sequence[Item]) -> None:
        recordings = by_person(items)
        several = {person: own for person, own in recordings.items() if len(own) > 1}
        for person, own in several.items():
            half = (len(own) + 1) // 2
            self._take(person, own[:half], "template", TEMPLATES)
            self._take(person, own[half:], "genuine", PROBES)
            others = [one for other, theirs in recordings.items() if other != person for one in theirs]
            same = [one for one in others if one.method == own[0].method]
            chance = random.Random(person)
            targets = chance.sample(same, min(len(same), PROBES)) + chance.sample(others, PROBES)
            self._swap(person, own[half:], targets[:PROBES])

    def live(self, items: Sequence[Item], clips: int) -> None:
        """The enrolled person is the streamer: the head stays, the face is replaced. First moments are enrolled."""
        fakes = {item.pair: item for item in items if item.method == "live_autoencoder"}
        real = [item for item in items if item.method == "webcam_streams" and item.pair in fakes]
        chance = random.Random("live")
        for clip in sorted(chance.sample(real, min(clips, len(real))), key=lambda one: one.path):
            person = person_of(clip)
            self._later(person, clip, ("template", "genuine"))
            self._later(person, fakes[clip.pair], ("", "worn"))

    def _later(self, person: str, item: Item, kinds: tuple[str, str]) -> None:
        """The first two moments as the first kind, two more from 2 s on as the second."""
        if self._has(f"{kinds[1]}/{person}/0"):
            return
        for place, (frame, face) in enumerate(self._moments(item, 8)):
            kind = kinds[0] if place < 2 else kinds[1] if place >= 6 else ""
            if kind:
                self._add(f"{kind}/{person}/0/{place}", person, person, item, kind, frame.image_rgb, face)

    def _take(self, person: str, items: Sequence[Item], kind: str, count: int) -> None:
        for item, number, moments in spread(items, count):
            key = f"{kind}/{person}/{number}"
            if not self._has(key):
                for place, (frame, face) in enumerate(self._moments(item, moments)):
                    self._add(f"{key}/{place}", person, person, item, kind, frame.image_rgb, face)

    def _swap(self, person: str, sources: Sequence[Item], targets: Sequence[Item]) -> None:
        for number, target in enumerate(targets):
            key = f"forged/{person}/{number}"
            if self._has(key):
                continue
            source = next(self._moments(sources[number % len(sources)], 1), None)
            scene = next(self._moments(target, 1), None)
            if source is None or scene is None:
                continue
            try:
                swap = OnePhotoSwap(source[0].image_rgb, mask="ellipse" if number % 2 else "hull")
            except UsageError:
                continue
            image, _ = swap.apply(scene[0].image_rgb, scene[1])
            self._add(f"{key}/0", person, person_of(target), target, "forged", image, scene[1], of=sources[0])

    def _moments(self, item: Item, count: int) -> Iterator[tuple[Frame, MeshFace]]:
        return faces_of(item.path, self._finder, moments=count)

    def _has(self, key: str) -> bool:
        return any(face.key.startswith(f"{key}/") for face in self.faces)

    def _add(
        self, key: str, about: str, on: str, item: Item, kind: str, image: ImageRGB, face: MeshFace,
        of: Item | None = None,
    ) -> None:  # fmt: skip
        chips = {
            name: [round(float(v), 6) for v in self._encoder.embed_chip(chip)]
            for name, chip in chips_of(image, face).items()
        }
        one = Face(key, about, on, (of or item).split, item.method, kind, chips, colours(image, face))
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(asdict(one)))
        self.faces.append(one)


def chips_of(image_rgb: ImageRGB, face: MeshFace) -> dict[str, ImageRGB]:
    """The three (150, 150, 3) chips of a face."""
    near = chip_transform(face.landmarks)
    centre = np.array([CHIP_PX / 2, CHIP_PX / 2])
    far = near * WIDE
    far[:, 2] += centre * (1 - WIDE)
    to_crop = align.crop_transform(face.landmarks)
    crop_landmarks = warp.apply(to_crop, face.landmarks[:, :2])
    within, _ = face_and_ring(crop_landmarks, face=0.95, ring=(1.05, 1.5))
    full = warp.cut(image_rgb, near, CHIP_PX)
    wide = warp.cut(image_rgb, far, CHIP_PX)
    inside_near, inside_far = (_mask(within, to_crop, to_chip) for to_chip in (near, far))
    return {
        "full": np.ascontiguousarray(full),
        "inner": np.ascontiguousarray(np.where(inside_near[..., None], full, GREY).astype(np.uint8)),
        "outer": np.ascontiguousarray(np.where(inside_far[..., None], GREY, wide).astype(np.uint8)),
    }


def _mask(region: npt.NDArray[np.bool_], to_crop: warp.Affine, to_chip: warp.Affine) -> npt.NDArray[np.bool_]:
    """A region of the aligned crop as a mask of the chip."""
    rows, columns = np.mgrid[:CHIP_PX, :CHIP_PX]
    places = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    crop = np.rint(warp.apply(to_crop, warp.apply(warp.invert(to_chip), places))).astype(int)
    inside = ((crop >= 0) & (crop < CROP_SIZE)).all(1)
    mask = np.zeros(len(places), bool)
    mask[inside] = region[crop[inside, 1], crop[inside, 0]]
    return mask.reshape(CHIP_PX, CHIP_PX)


def colours(image_rgb: ImageRGB, face: MeshFace) -> list[float]:
    """(128,) root of the histogram of colours around the face: 8 levels of light, 4 x 4 of colour."""
    to_crop = align.crop_transform(face.landmarks)
    crop = warp.cut(image_rgb, to_crop, CROP_SIZE)
    _, ring = face_and_ring(warp.apply(to_crop, face.landmarks[:, :2]), face=0.95, ring=(1.06, 1.4))
    pixels = np.asarray(Image.fromarray(crop).convert("YCbCr"))[ring].astype(int)
    chroma = np.clip((pixels[:, 1:] - 96) // 16, 0, 3)
    bins = (pixels[:, 0] // 32) * 16 + chroma[:, 0] * 4 + chroma[:, 1]
    counts = np.bincount(bins, minlength=128).astype(float)
    return [round(float(v), 5) for v in np.sqrt(counts / max(1.0, counts.sum()))]


def by_person(items: Sequence[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda one: one.path):
        groups[person_of(item)].append(item)
    return groups


def spread(items: Sequence[Item], count: int) -> Iterator[tuple[Item, int, int]]:
    """At most `count` faces over the items: one of each where there are enough, else several moments of each."""
    picked = items if len(items) <= count else [items[i * len(items) // count] for i in range(count)]
    for number, item in enumerate(picked):
        yield (
            item,
            number,
            count // len(picked) + (number < count % len(picked)) if item.media == "clip" else 1,
        )


Scores = dict[str, Callable[[Face, dict[str, npt.NDArray[np.float64]]], float]]


def scores() -> Scores:
    """What might tell a forged face from a genuine one, higher where it is forged, given the person's templates."""

    def far(
        face: Face, templates: dict[str, npt.NDArray[np.float64]], chip: str, other: str | None = None
    ) -> float:
        mine = np.array(face.chips.get(chip, face.colour))
        return float(np.linalg.norm(templates[other or chip] - mine, axis=1).mean())

    return {
        "distance of the face as it is": lambda f, t: far(f, t, "full"),
        "distance of the inner face": lambda f, t: far(f, t, "inner"),
        "distance of the outer part": lambda f, t: far(f, t, "outer"),
        "outer part against templates of whole faces": lambda f, t: far(f, t, "outer", "full"),
        "outer less inner distance": lambda f, t: far(f, t, "outer") - far(f, t, "inner"),
        "outer against whole less whole distance": lambda f, t: (
            far(f, t, "outer", "full") - far(f, t, "full")
        ),
        "colours around the face": lambda f, t: far(f, t, "colour"),
    }


def templates_of(faces: Sequence[Face]) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
    owned: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        if face.kind == "template":
            owned[face.about].append(face)
    return {
        person: {
            **{chip: np.array([face.chips[chip] for face in own]) for chip in CHIPS},
            "colour": np.array([face.colour for face in own]),
        }
        for person, own in owned.items()
    }


def auc(genuine: Sequence[float], forged: Sequence[float]) -> float:
    low, high = np.asarray(genuine)[:, None], np.asarray(forged)[None]
    return float((high > low).mean() + 0.5 * (high == low).mean())


def interval(values: dict[str, tuple[list[float], list[float]]]) -> tuple[float, float, float]:
    """AUC over the faces of all people, and its 95 % interval over draws of whole people."""
    people = [person for person, (genuine, forged) in values.items() if genuine and forged]
    chance = np.random.default_rng(0)

    def of(drawn: Sequence[str]) -> float:
        return auc([v for p in drawn for v in values[p][0]], [v for p in drawn for v in values[p][1]])

    draws = [of([people[i] for i in chance.integers(len(people), size=len(people))]) for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return of(people), float(low), float(high)


def table(faces: Sequence[Face], kind: str, *, split: str | None = None) -> None:
    templates = templates_of(faces)
    probes = [f for f in faces if f.kind in ("genuine", kind) and f.about in templates]
    probes = [f for f in probes if split is None or f.split == split]
    withs = {f.about for f in probes if f.kind == kind} & {f.about for f in probes if f.kind == "genuine"}
    probes = [f for f in probes if f.about in withs]
    if not withs:
        return
    forged = sum(f.kind == kind for f in probes)
    print(
        f"\n{len(withs)} people, {len(probes) - forged} genuine faces, {forged} forged ({split or 'all'})\n"
    )
    print("| what is measured | AUC | genuine median | forged median |\n|---|---|---|---|")
    for name, score in scores().items():
        values = {p: ([], []) for p in sorted(withs)}
        for face in probes:
            values[face.about][face.kind == kind].append(score(face, templates[face.about]))
        middle, low, high = interval(values)
        real, fake = (np.median([v for pair in values.values() for v in pair[side]]) for side in (0, 1))
        print(f"| {name} | {middle:.2f} [{low:.2f}, {high:.2f}] | {real:.2f} | {fake:.2f} |")


def fitted(faces: Sequence[Face], kind: str) -> None:
    """A logistic map for each score, fitted on the people of `train` and looked at on those of `dev`."""
    templates = templates_of(faces)
    print("\nFitted on train, looked at on dev; a loss of 1 bit is a coin.\n")
    print("| what is measured | slope | intercept | loss on dev, bits | AUC on dev |\n|---|---|---|---|---|")
    for name, score in scores().items():
        sides: dict[tuple[str, bool], list[float]] = defaultdict(list)
        for face in faces:
            if face.kind in ("genuine", kind) and face.about in templates:
                sides[face.split, face.kind == kind].append(score(face, templates[face.about]))
        if any(not sides[split, side] for split in ("train", "dev") for side in (False, True)):
            continue
        slope, intercept = fit_logistic(np.array(sides["train", False]), np.array(sides["train", True]))
        ratios = {side: slope * np.array(sides["dev", side]) + intercept for side in (False, True)}
        loss = (np.logaddexp(0, ratios[False]).mean() + np.logaddexp(0, -ratios[True]).mean()) / 2 / np.log(2)
        print(
            f"| {name} | {slope:.2f} | {intercept:.2f} | {loss:.2f} | {auc(ratios[False], ratios[True]):.2f} |"
        )


def print_tables(faces: Sequence[Face]) -> None:
    print("## The person's face on another head (one-photo swap of the lab)")
    for split in (None, "train", "dev"):
        table(faces, "forged", split=split)
    fitted(faces, "forged")
    print("\n## Another face on the person's head (live autoencoder)")
    for split in (None, "train", "dev"):
        table(faces, "worn", split=split)
    fitted(faces, "worn")


if __name__ == "__main__":
    main()
