"""How surely an enrolled person is known again, and how often a stranger is taken for one.

The same person, at other moments of a recording and in other recordings, against strangers; with 95 % intervals over
draws of whole people. Strangers are compared with each other within their own data set as well: people who look alike
are confused more often, so the distances that are stated to users are those of the data set that confuses most.

    python benchmarks/protect_faces.py --data FOLDER --work FOLDER

Embeddings are kept in the folder --work as they come (outside the repository: they are as secret as the pictures), and
a later run goes on from there. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from protect_gallery import OTHERS, SAME_PERSON, Gallery, Seen, chosen, faces_of, matrix, person_of, source_of

from facewarden.faces import fitness
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.likeness import (
    MAX_OUTSIDE,
    MAX_YAW_DEG,
    RATES,
)
from facewarden.lab.dataset import Item, load
from facewarden.media.frame import Frame, ImageRGB

FALSE_POSITIVE_RATES = (1e-2, 1e-3, 1e-4)
STATED = (1e-4, 3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1)
OWN_RATE = 1e-3
"""At which known people are looked at by each data set of strangers apart."""
JOINED = 0.50
"""At which tracks of one file were taken for one person once."""
DRAWS = 1000
LATER_S = 1.5
"""Moments of one recording nearer to each other than this are not counted as another time."""
SEVERAL = 5
WORSE = {"24 px": (24, 0.0), "32 px": (32, 0.0), "48 px": (48, 0.0), "96 px, blur 2 px": (96, 2.0)}
WORSE_FACES = 40

Distances = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEWARDEN_DATA"))
    parser.add_argument("--work", type=Path, required=True, help="folder outside the repository")
    parser.add_argument(
        "--as-far-as-it-is",
        action="store_true",
        help="print the tables of what was embedded before, and no more",
    )
    options = parser.parse_args()
    data = load(None if options.data is None else Path(options.data))
    gallery = Gallery(options.work / "gallery.jsonl")
    if not options.as_far_as_it_is:
        gallery.fill(chosen(data), data.root)
    wanted = {source_of(item, data.root) for item in chosen(data)}
    seen = [one for one in gallery.seen if one.source in wanted]
    fit = [one for one in seen if why_unfit(one) is None]
    strangers = [one for one in fit if one.method in OTHERS]
    known = [one for one in fit if one.method in SAME_PERSON]
    # As `person_of` says now; embeddings of earlier runs may bear another name.
    names = {source_of(item, data.root): person_of(item) for item in chosen(data)}
    known = [replace(one, person=names[one.source]) for one in known]
    print_faces(seen)
    chance = np.random.default_rng(0)
    print_strangers(strangers, chance)
    thresholds = [at_rate(strangers, rate, chance) for rate in FALSE_POSITIVE_RATES]
    print_stated(strangers)
    print_same(known, strangers, thresholds, chance)
    print_poses(known, thresholds[1].distance)
    worse = Gallery(options.work / "worse.jsonl")
    if not options.as_far_as_it_is:
        fill_worse(worse, chosen(data), data.root)
    print_worse(worse.seen, known, strangers, thresholds[1].distance)
    print_by_set(known, strangers, chance)
    print_streams(known, {source_of(item, data.root): item.identity for item in chosen(data)})


def why_unfit(one: Seen) -> str | None:
    """As `likeness.unfit`, for a face that is kept as numbers."""
    if not one.embedding:
        return "no_face"
    why = fitness.unfit(one, max_yaw_deg=MAX_YAW_DEG)
    return why or ("cut_off" if one.outside > MAX_OUTSIDE else None)


def between(a: Sequence[Seen], b: Sequence[Seen]) -> Distances:
    """(A, B) distances."""
    left, right = matrix(a).astype(np.float64), matrix(b).astype(np.float64)
    squared = np.square(left).sum(1)[:, None] + np.square(right).sum(1) - 2 * left @ right.T
    return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)


@dataclass(frozen=True, slots=True)
class Threshold:
    """The distance that this share of pairs of strangers reaches, in the data set that confuses most; its draws."""

    rate: float
    distance: float
    method: str
    draws: npt.NDArray[np.float64]


def at_rate(strangers: Sequence[Seen], rate: float, chance: np.random.Generator) -> Threshold:
    return min(by_set(strangers, rate, chance), key=lambda threshold: threshold.distance)


def by_set(strangers: Sequence[Seen], rate: float, chance: np.random.Generator) -> list[Threshold]:
    """The threshold of each data set of strangers, from the pairs within it."""
    found = []
    for method in OTHERS:
        own = [one for one in strangers if one.method == method]
        distances = between(own, own)
        found.append(
            Threshold(
                rate, quantile(distances, np.arange(len(own)), rate), method, drawn(distances, rate, chance)
            )
        )
    return found


def quantile(distances: Distances, people: npt.NDArray[np.intp], rate: float) -> float:
    """The quantile over pairs of different people, each pair once as template and once as probe."""
    part = distances[np.ix_(people, people)]
    return float(np.quantile(part[people[:, None] != people[None]], rate))


def drawn(distances: Distances, rate: float, chance: np.random.Generator) -> npt.NDArray[np.float64]:
    count = len(distances)
    return np.array(
        [quantile(distances, chance.integers(count, size=count), rate) for _ in range(DRAWS // 5)]
    )


def print_faces(seen: Sequence[Seen]) -> None:
    print("\n| data set | people | files | faces | left out |\n|---|---|---|---|---|")
    for method in (*SAME_PERSON, *OTHERS):
        own = [one for one in seen if one.method == method]
        reasons = Counter(reason for one in own if (reason := why_unfit(one)))
        left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())) or "none"
        people, files = len({one.person for one in own}), len({one.source for one in own})
        print(f"| `{method}` | {people} | {files} | {sum(bool(one.embedding) for one in own)} | {left_out} |")


def print_strangers(strangers: Sequence[Seen], chance: np.random.Generator) -> None:
    print("\nDistance that so many pairs of strangers reach (one template).\n")
    heads = " | ".join(f"{rate:.0e}" for rate in FALSE_POSITIVE_RATES)
    print(
        f"| template | face | pairs | {heads} | at {RATES[1].distance:.2f} |\n|---|---|---|---|---|---|---|"
    )
    groups = {method: [one for one in strangers if one.method == method] for method in OTHERS}
    for place, (method, own) in enumerate(groups.items()):
        for other, theirs in list(groups.items())[place:]:
            distances = between(own, theirs)
            same = method == other
            pairs = distances[~np.eye(len(own), dtype=bool)] if same else distances.ravel()
            cells = []
            for rate in FALSE_POSITIVE_RATES:
                cell = f"{np.quantile(pairs, rate):.3f}"
                if same:
                    low, high = np.quantile(drawn(distances, rate, chance), [0.025, 0.975])
                    cell += f" [{low:.3f}, {high:.3f}]"
                cells.append(cell)
            count = len(pairs) // 2 if same else len(pairs)
            at = (pairs <= RATES[1].distance).mean()
            print(f"| `{method}` | `{other}` | {count:,} | {' | '.join(cells)} | {at:.1e} |")


def print_stated(strangers: Sequence[Seen]) -> None:
    """What `likeness.RATES` has to be: the nearest distance over the data sets at each rate."""
    print(
        "\nTo be stated: at this distance, so many pairs of strangers within the data set that confuses most.\n"
    )
    print("| rate | distance | data set | share of pairs of other data sets within it |\n|---|---|---|---|")
    pairs = {}
    for method in OTHERS:
        own = [one for one in strangers if one.method == method]
        pairs[method] = between(own, own)[~np.eye(len(own), dtype=bool)]
    for rate in STATED:
        method = min(OTHERS, key=lambda name: float(np.quantile(pairs[name], rate)))
        distance = float(np.quantile(pairs[method], rate))
        rest = np.concatenate([values for name, values in pairs.items() if name != method])
        print(f"| {rate:.0e} | {distance:.3f} | `{method}` | {(rest <= distance).mean():.1e} |")
    within = ", ".join(f"`{name}` {(values <= JOINED).mean():.1e}" for name, values in pairs.items())
    print(f"\nWithin {JOINED:.2f}, the share of pairs: {within}.")


@dataclass(frozen=True, slots=True)
class Trial:
    """An enrolled person and faces that are compared with the templates."""

    person: str
    method: str
    templates: tuple[Seen, ...]
    probes: tuple[Seen, ...]


def trials(known: Sequence[Seen], *, templates: int, other_recording: bool) -> Iterator[Trial]:
    """For each person every recording (or the first moments of it) is once what was enrolled."""
    people: dict[str, dict[str, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for one in known:
        people[one.person][one.source].append(one)
    for person, recordings in people.items():
        if other_recording:
            yield from _across_recordings(person, recordings, templates)
        else:
            yield from _across_time(person, recordings, templates)


def _across_recordings(person: str, recordings: dict[str, list[Seen]], templates: int) -> Iterator[Trial]:
    faces = [face for source in sorted(recordings) for face in recordings[source]]
    photos = all(len(own) == 1 for own in recordings.values())
    starts = range(0, len(faces) - templates, max(1, len(faces) // 10)) if photos else range(len(recordings))
    for start in starts:
        span = templates if photos else 1
        chosen_sources = set(sorted(recordings)[start : start + span])
        enrolled = [face for face in faces if face.source in chosen_sources]
        enrolled = enrolled[:: max(1, len(enrolled) // templates)][:templates]
        rest = [face for face in faces if face.source not in chosen_sources]
        if len(enrolled) == templates and rest:
            yield Trial(person, faces[0].method, tuple(enrolled), tuple(rest))


def _across_time(person: str, recordings: dict[str, list[Seen]], templates: int) -> Iterator[Trial]:
    for own in recordings.values():
        enrolled = own[:templates]
        rest = [face for face in own[templates:] if face.time_s - enrolled[-1].time_s >= LATER_S]
        if len(enrolled) == templates and rest:
            yield Trial(person, own[0].method, tuple(enrolled), tuple(rest))


RULES = {"nearest": lambda d: d.min(0), "mean": lambda d: d.mean(0)}


def print_same(
    known: Sequence[Seen],
    strangers: Sequence[Seen],
    thresholds: Sequence[Threshold],
    chance: np.random.Generator,
) -> None:
    heads = " | ".join(f"TPR at {t.rate:.0e} ({t.distance:.3f})" for t in thresholds)
    print(
        "\nThe same person again. Thresholds are those of one template, in the data set that confuses most.\n"
    )
    own = "strangers at 1e-03 | own distance at 1e-03 | TPR there"
    print(f"| enrolled | compared | templates | people | comparisons | {heads} | {own} |")
    print("|---|---|---|---|---|" + "---|" * (len(thresholds) + 3))
    for method in (*SAME_PERSON, "all"):
        theirs = [one for one in known if method in (one.method, "all")]
        for other_recording in (False, True):
            for count in (1, SEVERAL):
                for rule in ("mean",) if count == 1 else tuple(RULES):
                    made = list(trials(theirs, templates=count, other_recording=other_recording))
                    if made:
                        where = "another recording" if other_recording else f"{LATER_S} s later or more"
                        _print_trials(
                            made,
                            strangers,
                            thresholds,
                            chance,
                            f"`{method}` | {where} | {count} {rule if count > 1 else ''}",
                            rule,
                        )


def _print_trials(
    made: Sequence[Trial], strangers: Sequence[Seen], thresholds: Sequence[Threshold],
    chance: np.random.Generator, label: str, rule: str,
) -> None:  # fmt: skip
    same: dict[str, list[float]] = defaultdict(list)
    other: dict[str, list[Distances]] = defaultdict(list)
    for trial in made:
        same[trial.person] += RULES[rule](between(trial.templates, trial.probes)).tolist()
        other[trial.person].append(RULES[rule](between(trial.templates, strangers)))
    people = sorted(same)
    hits = [np.array(same[person]) for person in people]
    cells = [found_again(hits, threshold, chance) for threshold in thresholds]
    false = [np.stack(other[person]) for person in people]
    wrong = float(np.mean([(f <= thresholds[1].distance).mean() for f in false]))
    each = np.concatenate([f.ravel() for f in false])
    comparisons = sum(len(h) for h in hits)
    counts = f"{len(people)} | {comparisons}"
    own = float(np.quantile(each, 1e-3))
    known_again = float(np.mean([(h <= own).mean() for h in hits]))
    print(f"| {label} | {counts} | {' | '.join(cells)} | {wrong:.1e} | {own:.3f} | {known_again:.3f} |")


def found_again(
    hits: Sequence[npt.NDArray[np.float64]], threshold: Threshold, chance: np.random.Generator
) -> str:
    """The share of faces within the threshold, the mean over people, with draws of people and of the threshold."""
    rate = float(np.mean([(h <= threshold.distance).mean() for h in hits]))
    draws = []
    for _ in range(DRAWS):
        at = float(chance.choice(threshold.draws))
        draws.append(np.mean([(hits[i] <= at).mean() for i in chance.integers(len(hits), size=len(hits))]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{rate:.3f} [{low:.3f}, {high:.3f}]"


def print_by_set(known: Sequence[Seen], strangers: Sequence[Seen], chance: np.random.Generator) -> None:
    """The same people at the distance of 1e-3 of each data set of strangers, instead of the nearest of these."""
    sets = by_set(strangers, OWN_RATE, chance)
    heads = " | ".join(f"`{each.method}` ({each.distance:.3f})" for each in sets)
    print(f"\nThe same person again, at the distance of {OWN_RATE:.0e} of each data set of strangers.\n")
    print(f"| enrolled | compared | templates | people | comparisons | {heads} |")
    print("|---|---|---|---|---|" + "---|" * len(sets))
    for method in (*SAME_PERSON, "all"):
        theirs = [one for one in known if method in (one.method, "all")]
        for other_recording in (False, True):
            for count in (1, SEVERAL):
                same: dict[str, list[float]] = defaultdict(list)
                for trial in trials(theirs, templates=count, other_recording=other_recording):
                    same[trial.person] += between(trial.templates, trial.probes).min(0).tolist()
                if not same:
                    continue
                hits = [np.array(same[person]) for person in sorted(same)]
                cells = " | ".join(found_again(hits, threshold, chance) for threshold in sets)
                where = "another recording" if other_recording else f"{LATER_S} s later or more"
                counts = f"{len(hits)} | {sum(map(len, hits))}"
                print(f"| `{method}` | {where} | {count} | {counts} | {cells} |")


def print_streams(known: Sequence[Seen], identities: Mapping[str, str]) -> None:
    """How far streams of one identity lie apart: near where they show one person."""
    print("\n| identity of `webcam_streams` | streams | median distance of two of them |\n|---|---|---|")
    groups: dict[str, dict[str, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for one in known:
        if one.method == "webcam_streams":
            groups[identities[one.source]][one.source].append(one)
    for number, (_, streams) in enumerate(sorted(groups.items()), 1):
        pairs = [between(a, b).ravel() for a, b in combinations(streams.values(), 2)]
        if pairs:
            print(f"| {number} | {len(streams)} | {np.median(np.concatenate(pairs)):.2f} |")


def print_poses(known: Sequence[Seen], distance: float) -> None:
    """Faces of another recording by how far they are turned, against five templates."""
    print(f"\nBy pose: another recording, nearest of {SEVERAL} templates, distance {distance:.3f}.\n")
    print("| turned by | people | comparisons | TPR |\n|---|---|---|---|")
    found: dict[tuple[int, int], dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials(known, templates=SEVERAL, other_recording=True):
        near = between(trial.templates, trial.probes).min(0) <= distance
        for probe, hit in zip(trial.probes, near, strict=True):
            low = int(abs(probe.yaw_deg) // 10 * 10)
            found[low, low + 10][trial.person].append(bool(hit))
    for (low, high), people in sorted(found.items()):
        rate = np.mean([np.mean(hits) for hits in people.values()])
        print(f"| {low}-{high}° | {len(people)} | {sum(map(len, people.values()))} | {rate:.3f} |")


def fill_worse(gallery: Gallery, items: Sequence[Item], root: Path) -> None:
    """Embed faces of known people and of strangers again, made smaller or blurred."""
    finder, encoder = FaceFinder(), IdentityEncoder()
    done = {one.source for one in gallery.seen}
    for item in worse_items(items):
        for name, (height_px, blur_px) in WORSE.items():
            source = f"{source_of(item, root)}/{name}"
            if source not in done:
                gallery._add([_made_worse(item, source, height_px, blur_px, finder, encoder)])


def worse_items(items: Sequence[Item]) -> list[Item]:
    """As many known people's recordings as strangers, the same in every run."""
    chance = random.Random("worse")
    picked: list[Item] = []
    for methods in (SAME_PERSON, OTHERS):
        own = [item for item in items if item.method in methods]
        groups: dict[str, list[Item]] = defaultdict(list)
        for item in own:
            groups[person_of(item)].append(item)
        turns = [chance.sample(group, len(group)) for group in groups.values()]
        chance.shuffle(turns)
        ordered = [
            group[turn] for turn in range(max(map(len, turns))) for group in turns if turn < len(group)
        ]
        picked += ordered[:WORSE_FACES]
    return picked


def _made_worse(
    item: Item, source: str, height_px: int, blur_px: float, finder: FaceFinder, encoder: IdentityEncoder
) -> Seen:
    origin = {"source": source, "method": item.method, "person": person_of(item), "split": item.split}
    for frame, face in faces_of(item.path, finder, moments=1):
        height = float(np.linalg.norm(face.landmarks[10, :2] - face.landmarks[152, :2]))
        worse = _smaller(frame, height_px / height, blur_px)
        found = finder.find(worse, thorough=True, last_resort=True)
        if found:
            largest = max(found, key=lambda one: float(np.prod(one.box_xyxy[2:] - one.box_xyxy[:2])))
            embedding = encoder.embed(worse, largest.landmarks)
            return Seen(**origin, height_px=height_px, embedding=[round(float(v), 6) for v in embedding])
    return Seen(**origin)


def _smaller(frame: Frame, factor: float, blur_px: float) -> ImageRGB:
    picture = Image.fromarray(frame.image_rgb)
    if factor < 1:
        size = max(32, round(picture.width * factor)), max(32, round(picture.height * factor))
        picture = picture.resize(size, Image.Resampling.BOX)
    if blur_px:
        picture = picture.filter(ImageFilter.GaussianBlur(blur_px))
    return np.ascontiguousarray(np.asarray(picture))


def print_worse(
    worse: Sequence[Seen], known: Sequence[Seen], strangers: Sequence[Seen], distance: float
) -> None:
    print(f"\nFaces made worse, against templates of faces as they are, distance {distance:.3f}.\n")
    print("| face | known | found | TPR | strangers | found | false positives | of pairs |")
    print("|---|---|---|---|---|---|---|---|")
    for name in WORSE:
        made = [one for one in worse if one.source.endswith(f"/{name}")]
        mine = [one for one in made if one.method in SAME_PERSON]
        theirs = [one for one in made if one.method in OTHERS and one.embedding]
        hits: dict[str, list[float]] = defaultdict(list)
        for one in mine:
            own = [k for k in known if k.person == one.person and not one.source.startswith(k.source)]
            if own and one.embedding:
                hits[one.person].append(
                    float(between(own[:: max(1, len(own) // SEVERAL)][:SEVERAL], [one]).min() <= distance)
                )
        rate = np.mean([np.mean(values) for values in hits.values()]) if hits else float("nan")
        distances = between(strangers, theirs)
        if not theirs:
            continue
        different = np.array([[s.person != t.person for t in theirs] for s in strangers])
        wrong = distances[different] <= distance
        other = sum(one.method in OTHERS for one in made)
        print(
            f"| {name} | {len(mine)} | {sum(bool(o.embedding) for o in mine)} | {rate:.3f} "
            f"| {other} | {len(theirs)} | {wrong.sum()} ({wrong.mean():.1e}) | {wrong.size:,} |"
        )


if __name__ == "__main__":
    main()
