"""How often `facewarden protect compare` verifies edited copies, and whether it ever takes other pictures for copies.

Each picture is compared with its edited copies, then pictures of different people with each other, seeded: any two, and
those of one kind (official portraits, crops of faces), which are the hard ones. The thresholds were chosen on split
train, what is reported is measured on split dev. Needs the extra [compare].

    python benchmarks/matching_keypoints.py --data FOLDER --split train
    python benchmarks/matching_keypoints.py --data FOLDER --split dev

The data folder is as of benchmarks/matching_copies.py; no name of a file is written anywhere.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matching_copies import PHOTOS
from matching_edits import PICTURE_EDITS
from matching_items import Item, chosen, different, manifest, pixels
from matching_results import upper, wilson

from facewarden.protect.keypoints import LEAST_AGREEING, Agreement, Keypoints, agreement_of, keypoints_of

EDITS = (
    "JPEG 10", "resize 1/4", "crop 10 %", "crop 20 %", "border 10 %", "flip", "rotate 10", "rotate 90", "caption",
    "sticker",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEWARDEN_DATA"))
    parser.add_argument("--split", default="dev")
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=2000, help="of each sort")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder with --data or FACEWARDEN_DATA")
    items = [item for item in manifest(Path(options.data)) if item.split == options.split]
    items = chosen(items, PHOTOS, 4 * options.pictures)
    print(f"split {options.split}: {dict(Counter(item.method for item in items[: options.pictures]))}")
    points = [keypoints_of(np.asarray(pixels(item))) for item in items]
    measure_copies(items[: options.pictures], points)
    heads = (
        "different pictures",
        "pairs",
        "most that agree",
        "12, 8, 6 or more",
        "widest of those with 12",
        "same",
    )
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    measure_pairs("any two", items, points, options.pairs, alike=False)
    measure_pairs("of one kind", items, points, options.pairs, alike=True)


def measure_copies(items: Sequence[Item], points: Sequence[Keypoints]) -> None:
    print(
        "\n| edit | n | the same picture | a part | none | too little detail | fewest that agree | least spread |"
    )
    print("|---|---|---|---|---|---|---|---|")
    edits = [edit for edit in PICTURE_EDITS if edit.name in EDITS]
    for edit in edits:
        told: Counter[str] = Counter()
        fewest, narrowest = 10**6, 1.0
        for number, item in enumerate(items):
            chance = np.random.default_rng([number, *edit.name.encode()])
            copy = keypoints_of(np.asarray(edit.change(pixels(item), chance)))
            found = agreement_of(points[number], copy)
            told[verdict(points[number], copy, found)] += 1
            fewest = min(fewest, found.keypoints if found else 0)
            narrowest = min(narrowest, found.spread if found else 0.0)
        low, high = wilson(told["same"], len(items))
        cells = [f"{told['same'] / len(items):.3f} ({low:.3f}-{high:.3f})", told["part"], told["none"]]
        row = [edit.name, len(items), *cells, told["low_detail"], fewest, f"{narrowest:.2f}"]
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def measure_pairs(
    name: str, items: Sequence[Item], points: Sequence[Keypoints], wanted: int, *, alike: bool
) -> None:
    chance = np.random.default_rng([alike])
    seen: set[tuple[int, int]] = set()
    counts: list[int] = []
    same = tries = 0
    widest = 0.0
    while len(counts) < wanted and tries < 100 * wanted:
        tries += 1
        one, other = sorted(chance.integers(0, len(items), 2).tolist())
        kin = one == other or not different(items[one], items[other])
        if kin or (one, other) in seen or (alike and items[one].method != items[other].method):
            continue
        seen.add((one, other))
        found = agreement_of(points[one], points[other])
        counts.append(found.keypoints if found else 0)
        if found and found.keypoints >= LEAST_AGREEING:
            widest = max(widest, found.spread)
        same += verdict(points[one], points[other], found) == "same"
    most = [sum(count >= least for count in counts) for least in (12, 8, 6)]
    print(
        f"| {name} | {len(counts)} | {max(counts)} | {', '.join(map(str, most))} | {widest:.2f} | "
        f"{same} (at most {upper(same, len(counts)):.1e}) |",
        flush=True,
    )


def verdict(one: Keypoints, other: Keypoints, found: Agreement | None) -> str:
    if not (one.enough and other.enough):
        return "low_detail"
    if found is None or found.keypoints < LEAST_AGREEING:
        return "none"
    return "same" if found.same else "part"


if __name__ == "__main__":
    main()
