"""How often other people's faces come as near as an enrolled one: the rates that `facewarden protect match` states.

    python benchmarks/protect_faces.py --data FOLDER [--write src/facewarden/protect/face_rates.json]

Portraits of different people only (`us_congress`, `taiwan_candidates`, `ffhq` of the research data), one of each.
Prints the share of pairs within each distance, over all pairs and within each group; what is written is the worst of
these at each distance, so that nobody is promised the rate of another group.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from pathlib import Path

import numpy as np

from facewarden.cues.fitness import unfit
from facewarden.errors import MediaError
from facewarden.faces import align
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.media import open_media

GROUPS = ("us_congress", "taiwan_candidates", "ffhq")
DISTANCES = [round(0.20 + 0.02 * step, 2) for step in range(24)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=300, help="pictures of each group")
    parser.add_argument("--cache", type=Path, help="keep embeddings here, outside of the repository")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    found = _embeddings(arguments.data, arguments.most, arguments.cache)
    pairs = {group: _distances(array) for group, array in found.items()}
    everybody = _distances(np.concatenate(list(found.values())))
    columns = {"all": everybody, **pairs}
    print("| distance | " + " | ".join(f"{name} ({len(d):,} pairs)" for name, d in columns.items()) + " |")
    print("|---" * (1 + len(columns)) + "|")
    curve = []
    for distance in DISTANCES:
        counts = {name: int((array <= distance).sum()) for name, array in columns.items()}
        print(f"| {distance} | " + " | ".join(f"{c / len(columns[n]):.6f}" for n, c in counts.items()) + " |")
        # Where nothing was seen, three in as many as there are pairs: the upper end of the 95 % interval.
        rates = [
            max(count, 3) / len(columns[name]) for name, count in counts.items() if count or name == "all"
        ]
        curve.append([distance, round(max(rates), 7)])
    for name, array in found.items():
        print(f"{name}: {len(array)} faces")
    if arguments.write:
        about = {
            "people": {name: len(array) for name, array in found.items()},
            "pairs": len(everybody),
            "what": "share of pairs of different people within a distance; the worst of all groups",
        }
        arguments.write.write_text(json.dumps({"about": about, "curve": curve}, indent=1) + "\n", "utf-8")


def _embeddings(data: Path, most: int, cache: Path | None) -> dict[str, np.ndarray]:
    if cache and cache.is_file():
        with np.load(cache) as kept:
            return {name: kept[name] for name in kept.files}
    finder, encoder = FaceFinder(), IdentityEncoder()
    found = {}
    for group in GROUPS:
        embeddings = []
        for path in _portraits(data, group)[:most]:
            try:
                with open_media(path) as media:
                    frame = next(iter(media.frames()))
            except MediaError:
                continue
            faces = finder.find(frame.image_rgb, thorough=True, last_resort=True)
            if len(faces) == 1 and unfit(align.sample(frame, faces[0], track=1)) is None:
                embeddings.append(encoder.embed(frame.image_rgb, faces[0].landmarks))
        found[group] = np.array(embeddings, np.float32)
    if cache:
        np.savez(cache, **found)
    return found


def _portraits(data: Path, group: str) -> list[Path]:
    """One of each person; members of congress have one for every congress that they sat in."""
    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == group and row["media"] == "photo"]
    first: dict[str, Path] = {}
    for row in rows:
        first.setdefault(re.sub(r"_wiki.*|_c\d+$", "", row["identity"]), data / row["path"])
    return list(first.values())


def _distances(embeddings: np.ndarray) -> np.ndarray:
    squares = (embeddings**2).sum(1)
    square = squares[:, None] + squares[None] - 2 * embeddings @ embeddings.T
    return np.sqrt(np.maximum(square[np.triu_indices(len(embeddings), 1)], 0))


if __name__ == "__main__":
    main()
