"""Are the lab's forgeries recognised as such by their marks, and genuine pictures left alone? Prints one table.

The forgeries are made as a user makes them, by `facewarden.lab.studio.forge_file`, from two portraits in the public
domain that scientific packages ship: as they are, cropped, mirrored, in other light, or pasted into other pictures
without copyright. All attacks of the registry have their turn. Then photos are halved and saved as JPEG 50, which takes
credentials, name and metadata away, and checked as `facewarden check` does; clips are saved at CRF 28. Some go through
`facewarden lab launder`. Genuine pictures come from the data folder (FACEWARDEN_DATA), where there is one.

    python benchmarks/marks.py --forgeries 200 --clips 24 --genuine 500 --seed 0
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from marks_clips import Laundered, clip_rows, has_credentials, launder, laundered_row
from marks_pictures import listed, portrait_file, share, target
from PIL import Image

Picture = npt.NDArray[np.uint8]
Row = tuple[str, str, str]

ATTACKS = (
    "one_photo",
    "self_blend",
    "resample_core",
    "enhancer",
    "lip_region",
    "neural_resample",
    "whole_image",
    "evade",
)
"""Those on photos; those on clips are in `marks_clips`. Trainings are short: how good a forgery is plays no part."""
LAUNDERED_EVERY = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--forgeries", type=int, default=200, help="how many are made (default: 200)")
    parser.add_argument("--clips", type=int, default=24, help="how many clips are forged (default: 24)")
    parser.add_argument("--genuine", type=int, default=500, help="how many are looked at (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="for all that is drawn (default: 0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="marks-") as folder:
        os.environ["FACEWARDEN_LAB_LOG"] = str(Path(folder, "log.jsonl"))
        rows = [
            *forgery_rows(options.forgeries, options.seed, Path(folder)),
            *clip_rows(options.clips, options.seed, Path(folder)),
            *genuine_rows(options.genuine, options.seed),
        ]
    width = max(len(row[0]) for row in rows)
    print(f"| {'what':{width}} | measured | target |\n|{'-' * (width + 2)}|---|---|")
    for what, measured, wanted in rows:
        print(f"| {what:{width}} | {measured} | {wanted} |")


@dataclass
class Tally:
    """What became of the forgeries."""

    made: int = 0
    by_credentials: int = 0
    by_watermark: int = 0
    scores: list[float] = field(default_factory=list)
    laundered: Laundered = field(default_factory=Laundered)
    missed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def forgery_rows(count: int, seed: int, folder: Path) -> list[Row]:
    """Make `count` forgeries and look for their marks, untouched and after half size and JPEG 50."""
    from facewarden.checker import Checker
    from facewarden.cues.lab_mark import find_lab_mark

    checker = Checker(effort="fast", cues=[])
    tally = Tally()
    for number in range(count):
        path, attack, short_px = forged(number, seed, folder, tally.refused)
        tally.made += 1
        tally.by_credentials += has_credentials(path)
        battered = folder / "battered.jpg"
        battered.write_bytes(halved_jpeg(path, 50))
        with Image.open(battered) as picture:
            tally.scores.append(find_lab_mark([np.asarray(picture.convert("RGB"))]).score)
        provenance = checker.check(battered).provenance
        if provenance is not None and provenance.lab_marked:
            tally.by_watermark += 1
        else:
            tally.missed[f"{attack} {short_px} px"] += 1
        if number % LAUNDERED_EVERY == 0:
            launder(path, number // LAUNDERED_EVERY, tally.laundered)
        path.unlink()
        if (number + 1) % 20 == 0:
            print(f"forgeries: {number + 1} of {count}, missed {tally.missed}", file=sys.stderr)
    return described(tally)


def described(tally: Tally) -> list[Row]:
    quantiles = np.quantile(tally.scores, [0, 0.01, 0.5])
    return [
        ("content credentials, file untouched", share(tally.by_credentials, tally.made), "all"),
        (
            "invisible mark alone, half size and JPEG 50",
            share(tally.by_watermark, tally.made),
            "at least 99 %",
        ),
        (
            "score there (found from 5.0 on): lowest, 1st percentile, median",
            ", ".join(f"{q:.1f}" for q in quantiles),
            "",
        ),
        ("missed", listed(tally.missed), ""),
        ("refused by the lab, and drawn anew", listed(tally.refused), ""),
        laundered_row("photos", tally.laundered),
    ]


def forged(number: int, seed: int, folder: Path, refused: Counter[str]) -> tuple[Path, str, int]:
    """One forgery: where it is, the attack, and the shorter side of the picture in pixels."""
    from facewarden.errors import UsageError

    for attempt in range(10):
        try:
            return attempted(number, np.random.default_rng([seed, number, attempt]), folder)
        except UsageError as error:
            refused[str(error).partition(",")[0]] += 1
    sys.exit(f"forgery {number} was refused ten times: {listed(refused)}")


def attempted(number: int, rng: np.random.Generator, folder: Path) -> tuple[Path, str, int]:
    from facewarden.lab.attacks.registry import make
    from facewarden.lab.studio import forge_file

    name = ATTACKS[number % len(ATTACKS)]
    who = ("hopper", "collins")[int(rng.integers(2))]
    picture = target(who, rng)
    place = folder / f"target-{number}.png"
    Image.fromarray(picture).save(place)
    source = portrait_file("collins" if who == "hopper" else "hopper")
    if name == "evade":
        # What is to evade is a forgery.
        swap = forge_file(make("one_photo"), place, folder / "swap.png", source=source)
        place = swap.replace(place)
    output = folder / f"{number}{('.jpg', '.png')[int(rng.integers(2))]}"
    attack = make(name, parameters(name, rng))
    given = source if attack.needs_source else None
    written = forge_file(attack, place, output, source=given, seed=int(rng.integers(1 << 30)))
    place.unlink()
    return written, name, min(picture.shape[:2])


def parameters(name: str, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn over the axes that change the picture most."""
    return {
        "one_photo": {
            "core_px": int(rng.integers(48, 257)),
            "mask": str(rng.choice(["ellipse", "hull"])),
            "colour": str(rng.choice(["mean", "lab", "none"])),
            "poisson": bool(rng.random() < 0.3),
            "sharpen": float(rng.uniform(0, 2)),
            "opacity": float(rng.uniform(0.6, 1)),
        },
        "self_blend": {},
        "resample_core": {"core_px": int(rng.integers(32, 200))},
        "enhancer": {"strength": float(rng.uniform(0.5, 3)), "smooth": float(rng.uniform(5, 60))},
        "neural_resample": {"core_px": int(rng.choice([32, 64, 96])), "steps": int(rng.integers(4, 16))},
        "whole_image": {"steps": int(rng.integers(3, 8))},
        "evade": {"steps": 3, "psnr_db": float(rng.uniform(36, 48))},
        "lip_region": {"core_px": int(rng.integers(32, 200)), "shift": float(rng.uniform(0, 0.05))},
    }[name]


def halved_jpeg(path: Path, quality: int) -> bytes:
    """The picture alone at half size as JPEG: no credentials, no metadata."""
    with Image.open(path) as picture:
        size = (picture.width // 2, picture.height // 2)
        half = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    half.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def genuine_rows(count: int, seed: int) -> list[Row]:
    """Look for the mark where there is none."""
    from facewarden.cues.lab_mark import THRESHOLD, find_lab_mark

    pictures = list(genuine_pictures(count, seed))
    if not pictures:
        return [("genuine pictures", "not measured: no data folder (FACEWARDEN_DATA)", "none of 500")]
    scores = [find_lab_mark([picture]).score for picture in pictures]
    hits = sum(score >= THRESHOLD for score in scores)
    return [
        ("genuine pictures with a false hit", f"{hits} of {len(scores)}", "none of 500"),
        ("highest score among them", f"{max(scores):.1f}", "below 5.0"),
    ]


def genuine_pictures(count: int, seed: int) -> Iterator[Picture]:
    from facewarden.errors import UsageError
    from facewarden.lab import dataset

    try:
        items: Sequence[dataset.Item] = dataset.load().select(label="real", media="photo")
    except UsageError:
        return
    chosen = np.random.default_rng(seed).permutation(len(items))[:count]
    for place in chosen:
        with Image.open(items[place].path) as picture:
            yield np.asarray(picture.convert("RGB"))


if __name__ == "__main__":
    main()
