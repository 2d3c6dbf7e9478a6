"""How many cropped copies are found if no face is: with the search for crops, and without it.

Pictures of the data, looked at by a finder that finds no face, so that squares around faces help neither. Each is
enrolled and looked up under crops, on all sides and on one, as they are and mirrored; then pictures of different people
are looked up among each other. Results go to a file as they come (--results), and a later run goes on from there.

    python benchmarks/matching_crops.py --data FOLDER --pictures 200 --pairs 1000000

The data folder is as of benchmarks/matching_copies.py.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matching_copies import PHOTOS
from matching_edits import jpeg
from matching_items import Item, chosen, different, manifest, pixels
from matching_results import Results, share, upper
from PIL import Image

from facewarden.matching.index import HashIndex
from facewarden.matching.lookup import Lookup, Reason, Tier
from facewarden.matching.match import PictureIndex
from facewarden.matching.pdq import words_of
from facewarden.matching.prints import PicturePrint, print_of

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace

RESULTS = Path(".cache/benchmarks/matching_crops.jsonl")
SHARES = (0.02, 0.05, 0.10, 0.15, 0.20)
WAYS = ("each side the same", "each side by chance", "one side", "by chance, mirrored")


class NoFaces:
    """Finds no face in anything."""

    def find(self, image_rgb: object, *, thorough: bool = False, last_resort: bool = False) -> list[MeshFace]:
        return []


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEWARDEN_DATA"))
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=1_000_000, help="pairs of different pictures, at least")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder with --data or FACEWARDEN_DATA")
    items = manifest(Path(options.data))
    results = Results(options.results, f"{options.pictures}/{options.pairs}")
    measure_crops(chosen(items, PHOTOS, options.pictures), results)
    measure_pairs(chosen(items, PHOTOS, len(items), one_each=False), options.pairs, results)
    print_tables(results)


def cropped(picture: Image.Image, way: str, most: float, number: int) -> Image.Image:
    """A crop that takes up to `most` of a side's length from that side, saved as JPEG 75."""
    chance = np.random.default_rng([number, *f"{way} {most}".encode()])
    if way == "each side the same":
        gone = np.full(4, most)
    elif way == "one side":
        gone = most * np.eye(4)[chance.integers(4)]
    else:
        gone = chance.uniform(0, most, 4)
    left, top, right, bottom = gone * (picture.size * 2)
    box = (round(left), round(top), round(picture.width - right), round(picture.height - bottom))
    copy = picture.crop(box)
    if "mirrored" in way:
        copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return jpeg(75)(copy, chance)


def measure_crops(items: Sequence[Item], results: Results) -> None:
    todo = [
        (number, way, most)
        for number in range(len(items))
        for way in WAYS
        for most in SHARES
        if not results.has("crops", number, f"{way} {most}")
    ]
    if not todo:
        return
    prints = {number: print_of(np.asarray(pixels(item))) for number, item in enumerate(items)}
    kept = {number: each for number, each in prints.items() if each.useful}
    searching, without = PictureIndex(finder=NoFaces(), prints=kept), without_crops(kept)
    for number, way, most in todo:
        copy = np.asarray(cropped(pixels(items[number]), way, most, number))
        found = {}
        for name, index in (("before", without), ("now", searching)):
            start = time.process_time()
            lookup = index.match(copy)
            found[f"{name}_s"] = time.process_time() - start
            found |= {f"{name}_{key}": value for key, value in told(lookup, number).items()}
        results.add("crops", number, f"{way} {most}", method=items[number].method, **found)


def without_crops(kept: dict[int, PicturePrint]) -> PictureIndex:
    """The same pictures, whose middles are in no index."""
    wholes = HashIndex()
    for number, each in kept.items():
        if each.whole.useful:
            wholes.add(words_of([each.whole]), np.array([number]))
    return PictureIndex(finder=NoFaces(), prints=kept, indexed=(wholes, HashIndex(), HashIndex()))


def told(lookup: Lookup, number: int) -> dict[str, Any]:
    own = next((match for match in lookup.matches if match.picture == number), None)
    return {
        "confirmed": own is not None and own.tier is Tier.CONFIRMED,
        "found": own is not None,
        "reason": own and own.reason,
        "distance": own and own.distance,
        "false": sum(match.tier is Tier.CONFIRMED for match in lookup.matches if match.picture != number),
    }


def measure_pairs(items: Sequence[Item], wanted: int, results: Results) -> None:
    """Every picture is looked up among all others that show other people: whatever is confirmed is false."""
    made = sum(record["pairs"] for record in results.of("pairs", ""))
    index = PictureIndex(finder=NoFaces())
    prints: dict[int, PicturePrint] = {}
    for number, item in enumerate(items):
        if made >= wanted:
            return
        picture = np.asarray(pixels(item))
        if not results.has("pairs", number, ""):
            kin = [other for other in prints if not different(item, items[other])]
            for other in kin:
                index.remove(other)
            start = time.process_time()
            lookup = index.match(picture)
            spent = time.process_time() - start
            for other in kin:
                index.add(other, prints[other])
            pairs = len(index) - len(kin) if lookup.abstained is None else 0
            made += pairs
            results.add(
                "pairs",
                number,
                "",
                pairs=pairs,
                seconds=spent,
                confirmed=[
                    [m.picture, m.reason, m.distance] for m in lookup.matches if m.tier is Tier.CONFIRMED
                ],
                review=[
                    [m.picture, m.distance, m.shown is not None]
                    for m in lookup.matches
                    if m.tier is Tier.REVIEW
                ],
            )
        kept = print_of(picture)
        if kept.useful:
            prints[number] = kept
            index.add(number, kept)


def print_tables(results: Results) -> None:
    print(
        "\n| crop | up to | n | before | confirmed | with review | false | other reasons | ms before | ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for way in WAYS:
        for most in SHARES:
            records = results.of("crops", f"{way} {most}")
            if not records:
                continue
            cells = [share(records, key) for key in ("before_confirmed", "now_confirmed", "now_found")]
            false = sum(record["now_false"] for record in records)
            others = sum(r["now_reason"] not in (None, Reason.SAME_CROP, Reason.NEAR) for r in records)
            spent = [
                f"{1000 * float(np.median([r[key] for r in records])):.0f}" for key in ("before_s", "now_s")
            ]
            print(
                f"| {way} | {most:.0%} | {len(records)} | {' | '.join(cells)} | {false} | {others} | "
                f"{' | '.join(spent)} |"
            )
    pairs = results.of("pairs", "")
    if pairs:
        count = sum(record["pairs"] for record in pairs)
        print(
            f"\n{count:,} pairs of pictures of different people, no face found; {len(pairs)} pictures, each looked up"
        )
        print("among those before it:")
        for what in ("confirmed", "review"):
            found = sum(len(record[what]) for record in pairs)
            print(f"- {what}: {found} (at most {upper(found, count):.1e} of all pairs, 95 %)")
        by_crop = sum(shown for record in pairs for _, _, shown in record["review"])
        spent = np.percentile([1000 * record["seconds"] for record in pairs], [50, 95])
        print(f"- of those in review found as crops: {by_crop}")
        print(f"- processor time of a lookup, ms: {spent[0]:.0f} (median), {spent[1]:.0f} (95 %)")


if __name__ == "__main__":
    main()
