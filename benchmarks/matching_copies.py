"""How many edited copies are found, and how many other pictures are taken for copies.

Plain PDQ, Meta's matcher (its package `threatexchange`, if it is installed) and ours get the same edited files; clips
are judged by plain vPDQ (80 % of the query's seconds match) and by ours. "False" are other pictures that were
confirmed, and leads to a swap where there was none. Results go to a file as they come (--results), and a later run
goes on from there, with some of the parts only if --part names them; the tables are Markdown.

    python benchmarks/matching_copies.py --data FOLDER --pictures 200 --clips 20 --pairs 1000000
    python benchmarks/matching_copies.py --data FOLDER --pictures 10 --clips 1 --pairs 1000     # a small one
    python benchmarks/matching_copies.py --data FOLDER --part pairs                             # one part of it

The data folder has a manifest.csv with the columns path, split, label, media, method, identity, pair. No name of a file
is written anywhere: the results know pictures by their number in the seeded choice.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import os
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matching_edits import CLIP_EDITS, PICTURE_EDITS, ClipEdit
from PIL import Image

from facewarden.faces.finder import FaceFinder
from facewarden.matching.clips import ClipIndex, clip_print
from facewarden.matching.lookup import Lookup, Reason, Tier
from facewarden.matching.match import PictureIndex, enrolled_print
from facewarden.matching.pdq import MATCH, distance, distances, pdq_of, words_of
from facewarden.matching.prints import PicturePrint
from facewarden.media import open_media

PHOTOS = (
    "ffhq", "us_congress", "us_congress_small", "taiwan_candidates", "interviews", "stylegan2", "flux_lora",
    "dfdc_crops",
)  # fmt: skip
CLIPS = ("webcam_streams", "speakers", "lip_actors", "signing")
CLIP_SECONDS, CLIP_SIDE, CLIP_RATE = 20.0, 480, 15
VPDQ_SHARE = 0.8
PARTS = ("pictures", "twins", "clips", "pairs")
RESULTS = Path(".cache/benchmarks/matching_copies.jsonl")


@dataclass(frozen=True, slots=True)
class Item:
    """A picture or clip of the data: where it is, whom it shows, and what it is linked to."""

    path: Path
    method: str
    identity: str
    pair: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEWARDEN_DATA"))
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=1_000_000, help="pairs of different pictures, at least")
    parser.add_argument("--part", choices=PARTS, action="append", help="this one only; may be repeated")
    parser.add_argument("--edit", action="append", help="of pictures, this one only; may be repeated")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder with --data or FACEWARDEN_DATA")
    items = manifest(Path(options.data))
    results = Results(options.results, f"{options.pictures}/{options.clips}/{options.pairs}")
    finder, parts = FaceFinder(), options.part or PARTS
    if options.pictures and "pictures" in parts:
        measure_pictures(chosen(items, PHOTOS, options.pictures), results, finder, options.edit)
    if options.pictures and "twins" in parts:
        measure_twins(Path(options.data), results, finder)
    if options.clips and "clips" in parts:
        measure_clips(chosen(items, CLIPS, options.clips), results, finder)
    if options.pairs and "pairs" in parts:
        everything = chosen(items, PHOTOS, len(items), one_each=False)
        measure_pairs(everything, options.pairs, results, finder)
    print_tables(results)


class Results:
    """Records that are kept as they come, one JSON object a line, by (part, number, edit)."""

    def __init__(self, path: Path, run: str) -> None:
        self._path, self._run = path, run
        self.records: dict[tuple[str, int, str], dict[str, Any]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    record = json.loads(line)
                    if record["run"] == run:
                        self.records[record["part"], record["number"], record["edit"]] = record
                except (ValueError, KeyError):
                    continue  # the line that was being written when the last run was stopped

    def has(self, part: str, number: int, edit: str) -> bool:
        return (part, number, edit) in self.records

    def add(self, part: str, number: int, edit: str, **values: Any) -> None:
        record = {"run": self._run, "part": part, "number": number, "edit": edit, **values}
        self.records[part, number, edit] = record
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(record))

    def of(self, part: str, edit: str) -> list[dict[str, Any]]:
        return [record for key, record in self.records.items() if key[0] == part and key[2] == edit]


def manifest(folder: Path) -> list[Item]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Item(folder / row["path"], row["method"], row["identity"] or row["path"], row["pair"])
        for row in rows
        if row["label"] == "real" or row["method"] in ("stylegan2", "flux_lora")
    ]


def chosen(items: Sequence[Item], methods: Sequence[str], count: int, *, one_each: bool = True) -> list[Item]:
    """`count` items, turn by turn from each method, seeded; with `one_each` no person twice."""
    by_method = {method: [item for item in items if item.method == method] for method in methods}
    for method, group in by_method.items():
        random.Random(method).shuffle(group)
    kept: list[Item] = []
    people: set[str] = set()
    while len(kept) < count and any(by_method.values()):
        for group in by_method.values():
            while group and len(kept) < count:
                item = group.pop()
                if not one_each or item.identity not in people:
                    kept.append(item)
                    people.add(item.identity)
                    break
    return kept


def pixels(item: Item) -> Image.Image:
    with Image.open(item.path) as picture:
        return picture.convert("RGB")


def measure_pictures(
    items: Sequence[Item], results: Results, finder: FaceFinder, names: Sequence[str] | None = None
) -> None:
    todo = [
        (number, edit)
        for number in range(len(items))
        for edit in PICTURE_EDITS
        if (not names or edit.name in names) and not results.has("pictures", number, edit.name)
    ]
    if not todo:
        return
    index, plain, meta = PictureIndex(finder=finder), [], MetaMatcher()
    for number, item in enumerate(items):
        picture = pixels(item)
        index.add(number, enrolled_print(np.asarray(picture), finder))
        plain.append(pdq_of(np.asarray(picture)))
        meta.add(number, picture)
    meta.build()
    plain_words = words_of(plain)
    for number, edit in todo:
        chance = np.random.default_rng([number, *edit.name.encode()])
        shown = edit.change(pixels(items[number]), chance)
        near = set(
            np.flatnonzero(distances(plain_words, words_of([pdq_of(np.asarray(shown))])[0]) <= MATCH).tolist()
        )
        found = meta.query(shown)
        results.add(
            "pictures",
            number,
            edit.name,
            method=items[number].method,
            plain=number in near,
            plain_false=len(near - {number}),
            meta=None if found is None else number in found,
            meta_false=None if found is None else len(found - {number}),
            **told(index.match(np.asarray(shown)), number),
        )


def told(lookup: Lookup, number: int) -> dict[str, Any]:
    own = next((match for match in lookup.matches if match.picture == number), None)
    others = [match for match in lookup.matches if match.picture != number]
    return {
        "ours": own is not None and own.tier is Tier.CONFIRMED,
        "review": own is not None,
        "reason": None if own is None else own.reason,
        "distance": None if own is None else own.distance,
        "ours_false": sum(match.tier is Tier.CONFIRMED for match in others),
        "review_false": len(others),
        "hashes": lookup.hashes,
    }


def measure_twins(folder: Path, results: Results, finder: FaceFinder) -> None:
    """Frames of streams beside the same frames with a live swap: is the swap told, and the genuine frame not?"""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["method"] in ("webcam_streams", "live_autoencoder")
        ]
    pairs: dict[str, dict[str, Path]] = {}
    for row in rows:
        pairs.setdefault(row["pair"], {})[row["label"]] = folder / row["path"]
    edits = [edit for edit in PICTURE_EDITS if edit.name in ("JPEG 30", "JPEG 90", "border 10 %", "flip")]
    for number, (_, twins) in enumerate(sorted(pairs.items())):
        if set(twins) != {"real", "fake"} or results.has("twins", number, edits[-1].name):
            continue
        frames = {label: Image.fromarray(frame_at(path, 2.0)) for label, path in twins.items()}
        index = PictureIndex(finder=finder)
        index.add(0, enrolled_print(np.asarray(frames["real"]), finder))
        for edit in edits:
            reasons = {}
            for label, frame in frames.items():
                shown = edit.change(frame, np.random.default_rng([number, *edit.name.encode()]))
                matches = index.match(np.asarray(shown)).matches
                reasons[label] = matches[0].reason if matches else None
            results.add("twins", number, edit.name, **reasons)


def frame_at(path: Path, time_s: float) -> Any:
    with open_media(path, frames_per_s=1.0) as media:
        for frame in media.frames():
            if frame.time_s >= time_s:
                break
        return frame.image_rgb


class MetaMatcher:
    """The PDQ hasher and index of Meta's `threatexchange`, as they come."""

    def __init__(self) -> None:
        try:
            from threatexchange.signal_type.pdq.signal import PdqSignal
        except ImportError:
            self._signal = None
        else:
            self._signal = PdqSignal
        self._entries: list[tuple[str, int]] = []
        self._index: Any = None

    def add(self, number: int, picture: Image.Image) -> None:
        if self._signal and (value := self._hash(picture)):
            self._entries.append((value, number))

    def build(self) -> None:
        if self._signal:
            self._index = self._signal.get_index_cls().build(self._entries)

    def query(self, picture: Image.Image) -> set[int] | None:
        if self._signal is None:
            return None
        value = self._hash(picture)
        return {match.metadata for match in self._index.query(value)} if value else set()

    def _hash(self, picture: Image.Image) -> str:
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        return str(self._signal.hash_from_bytes(stream.getvalue()))  # type: ignore[union-attr]


def measure_clips(items: Sequence[Item], results: Results, finder: FaceFinder) -> None:
    todo = [
        (number, edit)
        for number in range(len(items))
        for edit in CLIP_EDITS
        if not results.has("clips", number, edit.name)
    ]
    if not todo:
        return
    index = ClipIndex(finder=finder)
    with tempfile.TemporaryDirectory() as folder:
        originals = [encode(shots(item), Path(folder) / f"{number}.mp4") for number, item in enumerate(items)]
        for number, original in enumerate(originals):
            index.add(number, clip_print(original, finder=finder))
        decoded = -1
        for number, edit in todo:
            if number != decoded:  # once for all edits of a clip
                decoded, frames = number, list(shots(items[number]))
            copy = edited(frames, edit, number, Path(folder) / "copy.mp4")
            matches = {match.clip: match for match in index.match(copy)}
            own = matches.get(number)
            results.add(
                "clips",
                number,
                edit.name,
                method=items[number].method,
                plain=own is not None and own.query_share_plain >= VPDQ_SHARE,
                plain_false=sum(
                    m.query_share_plain >= VPDQ_SHARE for m in matches.values() if m.clip != number
                ),
                ours=own is not None and own.confirmed,
                review=own is not None,
                ours_false=sum(match.confirmed for match in matches.values() if match.clip != number),
                share=0.0 if own is None else own.query_share,
                speed=None if own is None else own.speed,
            )


def shots(item: Item) -> Iterator[Image.Image]:
    """The clip's first seconds, at a rate and size that keep the benchmark bearable."""
    with open_media(item.path, frames_per_s=CLIP_RATE, max_side=CLIP_SIDE) as media:
        for frame in media.frames():
            if frame.time_s > CLIP_SECONDS:
                return
            yield Image.fromarray(frame.image_rgb)


def edited(frames: Sequence[Image.Image], edit: ClipEdit, number: int, target: Path) -> Path:
    start, end = (round(share * len(frames)) for share in edit.keep)
    kept = frames[start:end]
    if edit.change is not None:
        # The same chance for every frame: the crop of a clip does not wander.
        kept = [edit.change(frame, np.random.default_rng([number, *edit.name.encode()])) for frame in kept]
    return encode(kept, target, crf=edit.crf, speed=edit.speed)


def encode(frames: Iterable[Image.Image], target: Path, *, crf: int = 23, speed: float = 1.0) -> Path:
    """An H.264 clip; a `speed` above 1 shows more seconds of the original in one."""
    import av

    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream("libx264", rate=Fraction(round(CLIP_RATE * speed * 100), 100))
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"}
        for number, frame in enumerate(frames):
            even = frame.crop((0, 0, frame.width // 2 * 2, frame.height // 2 * 2))
            if number == 0:
                stream.width, stream.height = even.size
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(even), "rgb24")))
        container.mux(stream.encode())
    return target


def measure_pairs(items: Sequence[Item], wanted: int, results: Results, finder: FaceFinder) -> None:
    """Every picture is looked up among all before it, until pairs enough are made: whatever is confirmed is false.

    It is not enrolled itself yet, and neither are other pictures of the same person: a lookup that has confirmed one
    of these would end there, and no face and no tilt would ever have been compared with the others.
    """
    made = sum(record["pairs"] for record in results.of("pairs", ""))
    if made >= wanted:
        return
    index = PictureIndex(finder=finder)
    prints: dict[int, PicturePrint] = {}
    for number, item in enumerate(items):
        picture = np.asarray(pixels(item))
        if not results.has("pairs", number, ""):
            kin = [other for other in prints if not different(item, items[other])]
            for other in kin:
                index.remove(other)
            lookup = index.match(picture)
            for other in kin:
                index.add(other, prints[other])
            others = [other for other in prints if other not in kin] if lookup.abstained is None else []
            whole, made = pdq_of(picture), made + len(others)
            results.add(
                "pairs",
                number,
                "",
                method=item.method,
                pairs=len(others),
                hashes=lookup.hashes,
                confirmed=[[m.picture, m.reason] for m in lookup.matches if m.tier is Tier.CONFIRMED],
                review=[[m.picture, m.distance] for m in lookup.matches if m.tier is Tier.REVIEW],
                plain=[other for other in others if distance(whole, prints[other].whole) <= MATCH],
            )
            if made >= wanted:
                return
        kept = enrolled_print(picture, finder)
        if kept.useful:  # what cannot be enrolled makes no pairs
            prints[number] = kept
            index.add(number, kept)


def different(one: Item, other: Item) -> bool:
    """Whether two pictures are no versions of one: neither the same person nor linked as twins."""
    return one.identity != other.identity and not (one.pair and one.pair == other.pair)


def print_tables(results: Results) -> None:
    for part, edits in (
        ("pictures", [(edit.name, edit.asked) for edit in PICTURE_EDITS]),
        ("clips", [(edit.name, True) for edit in CLIP_EDITS]),
    ):
        if not any(key[0] == part for key in results.records):
            continue
        print(
            "\n| edit | n | plain | Meta | ours, confirmed | ours, with review | false, plain | false, Meta | "
            "false, ours | wrong leads |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for name, asked in edits:
            print_row(name if asked else f"{name} (not asked for)", results.of(part, name))
        print_row(
            "**all that are asked for**",
            [r for name, asked in edits if asked for r in results.of(part, name)],
        )
        others = [
            r["review_false"] for name, _ in edits for r in results.of(part, name) if "review_false" in r
        ]
        if others:
            print(
                f"\nOf {len(others):,} lookups {sum(map(bool, others))} found another picture, too, in either tier."
            )
    twins = [record for key, record in results.records.items() if key[0] == "twins"]
    if twins:
        told = {label: sum(r[label] == Reason.ONLY_FACE_DIFFERS for r in twins) for label in ("fake", "real")}
        print(
            f"\nOf {len(twins)} edited frames with a live swap {told['fake']} are leads (only_face_differs), of"
        )
        print(f"their {len(twins)} genuine twins {told['real']}.")
    pairs = results.of("pairs", "")
    if pairs:
        count = sum(record["pairs"] for record in pairs)
        print(
            f"\n{count:,} pairs of pictures of different people; {len(pairs)} pictures, each looked up in all ways"
        )
        print("among those before it:")
        for what in ("confirmed", "review", "plain"):
            found = sum(len(record[what]) for record in pairs)
            print(f"- {what}: {found} (at most {upper(found, count):.1e} of all pairs, 95 %)")


def print_row(name: str, records: Sequence[dict[str, Any]]) -> None:
    if not records:
        return
    cells = [share(records, key) for key in ("plain", "meta", "ours", "review")]
    false = [total(records, key) for key in ("plain_false", "meta_false", "ours_false")]
    leads = [r["reason"] == Reason.ONLY_FACE_DIFFERS for r in records if "reason" in r]
    false.append(str(sum(leads)) if leads else "not asked")
    print(f"| {name} | {len(records)} | {' | '.join([*cells, *false])} |")


def total(records: Sequence[dict[str, Any]], key: str) -> str:
    values = [record[key] for record in records if record.get(key) is not None]
    return str(sum(values)) if values else "not measured"


def share(records: Sequence[dict[str, Any]], key: str) -> str:
    values = [record[key] for record in records if record.get(key) is not None]
    if not values:
        return "not measured"
    low, high = wilson(sum(values), len(values))
    return f"{sum(values) / len(values):.3f} ({low:.3f}-{high:.3f})"


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    middle, spread = (
        hits / count + z * z / (2 * count),
        z * math.sqrt(hits / count * (1 - hits / count) / count + z * z / (4 * count * count)),
    )
    scale = 1 + z * z / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def upper(hits: int, count: int) -> float:
    """One-sided 95 % bound of a rate; the rule of three where nothing was found."""
    return 3 / count if hits == 0 else wilson(hits, count, 1.645)[1]


if __name__ == "__main__":
    main()
