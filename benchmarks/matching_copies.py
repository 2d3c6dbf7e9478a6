"""How many edited copies are found, and how many other pictures are taken for copies.

Plain PDQ, Meta's matcher (its package `threatexchange`, and for clips its binding `vpdq`, where they are installed) and
ours get the same edited files; see matching_clips.py for how clips are judged. "False" are other pictures that were
confirmed, and leads to a swap where there was none. Results go to a file as they come (--results), and a later run
goes on from there, with some of the parts only if --part names them; the tables are Markdown.

    python benchmarks/matching_copies.py --data FOLDER --pictures 200 --clips 20 --pairs 1000000
    python benchmarks/matching_copies.py --data FOLDER --pictures 10 --clips 1 --pairs 1000     # a small one
    python benchmarks/matching_copies.py --data FOLDER --part clips                             # one part of it

The data folder has a manifest.csv with the columns path, split, label, media, method, identity, pair. No name of a file
is written anywhere: the results know pictures by their number in the seeded choice.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matching_clips
import numpy as np
from matching_edits import PICTURE_EDITS
from matching_items import Item, chosen, different, manifest, pixels
from matching_meta import MetaMatcher
from matching_results import Results, print_tables
from PIL import Image

from facewarden.faces.finder import FaceFinder
from facewarden.matching.lookup import Lookup, Tier
from facewarden.matching.match import PictureIndex, enrolled_print
from facewarden.matching.pdq import MATCH, distance, distances, pdq_of, words_of
from facewarden.matching.prints import PicturePrint
from facewarden.media import open_media

PHOTOS = (
    "ffhq", "us_congress", "us_congress_small", "taiwan_candidates", "interviews", "stylegan2", "flux_lora",
    "dfdc_crops",
)  # fmt: skip
PARTS = ("pictures", "twins", "clips", "scenes", "pairs")
RESULTS = Path(".cache/benchmarks/matching_copies.jsonl")


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
        matching_clips.measure(chosen(items, matching_clips.METHODS, options.clips), results, finder)
    if options.clips and "scenes" in parts:
        matching_clips.measure_scenes(items, results, finder)
    if options.pairs and "pairs" in parts:
        everything = chosen(items, PHOTOS, len(items), one_each=False)
        measure_pairs(everything, options.pairs, results, finder)
    print_tables(results)


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


if __name__ == "__main__":
    main()
