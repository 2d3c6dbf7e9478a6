"""The rows of `marks.py` about clips, and about forgeries that went through `facewarden lab launder`."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from marks_pictures import listed, portrait_file, share, target
from PIL import Image

Picture = npt.NDArray[np.uint8]
Row = tuple[str, str, str]

FRAMES, RATE = 16, Fraction(25)
SHORT_PX = (224, 480)
"""Of the shorter side: clips of a second that two processors can train on."""
ATTACKS: dict[str, dict[str, Any]] = {
    "autoencoder": {"core_px": 32, "steps": 8, "batch": 2, "width": 8},
    "replay": {"after_frames": 6, "length_frames": 3},
    "one_photo": {},
    "neural_resample": {"core_px": 64, "steps": 8},
}
WASHES = ("480p+crf=28", "screenshot=70", "border=16+hevc=26", "screen=2")
"""What forged clips and photos go through, in turn."""


@dataclass
class Laundered:
    """What became of forgeries that went through `lab launder`."""

    all: int = 0
    marked_anew: int = 0


@dataclass
class Tally:
    """What became of the forged clips, and of what was laundered."""

    made: int = 0
    by_credentials: int = 0
    by_watermark: int = 0
    when_halved: int = 0
    laundered: Laundered = field(default_factory=Laundered)
    lost: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def clip_rows(count: int, seed: int, folder: Path) -> list[Row]:
    """Forge `count` clips, look for their marks untouched, after CRF 28 and at half size too, then launder them."""
    tally = Tally()
    for number in range(count):
        path, name = forged(number, seed, folder, tally.refused)
        tally.made += 1
        tally.by_credentials += has_credentials(path)
        found = mark_in(recoded(path))
        tally.by_watermark += found
        tally.when_halved += mark_in(recoded(path, halved=True))
        if not found:
            tally.lost[name] += 1
        launder(path, number // len(ATTACKS), tally.laundered)
        path.unlink()
        print(f"clips: {number + 1} of {count}, missed {tally.lost}", file=sys.stderr)
    return [
        ("clips: content credentials, file untouched", share(tally.by_credentials, tally.made), "all"),
        (
            "clips: invisible mark alone, CRF 28",
            share(tally.by_watermark, tally.made),
            "at least 99 %",
        ),
        ("clips: the same at half size, too", f"{tally.when_halved} of {tally.made}", ""),
        ("clips: missed", listed(tally.lost), ""),
        ("clips: refused by the lab, and drawn anew", listed(tally.refused), ""),
        laundered_row("clips", tally.laundered),
    ]


def laundered_row(what: str, laundered: Laundered) -> Row:
    return (f"{what}: marked anew by `lab launder`", share(laundered.marked_anew, laundered.all), "all")


def launder(path: Path, number: int, laundered: Laundered) -> None:
    """Take a forgery through `lab launder`, by one of `WASHES`, and look for all its marks afterwards."""
    from facewarden.lab.attacks.launder import parse
    from facewarden.lab.laundering import launder_file

    output = path.with_name(f"washed{path.suffix}")
    written, _ = launder_file(path, output, parse(WASHES[number % len(WASHES)]))
    laundered.all += 1
    laundered.marked_anew += has_credentials(written) and mark_in(pictures(written))
    written.unlink()


def forged(number: int, seed: int, folder: Path, refused: Counter[str]) -> tuple[Path, str]:
    """One forged clip: where it is, and the attack."""
    from facewarden.errors import UsageError

    for attempt in range(10):
        try:
            return attempted(number, np.random.default_rng([seed, 1, number, attempt]), folder)
        except UsageError as error:
            refused[str(error).partition(",")[0]] += 1
    sys.exit(f"clip {number} was refused ten times: {listed(refused)}")


def attempted(number: int, rng: np.random.Generator, folder: Path) -> tuple[Path, str]:
    from facewarden.lab.attacks.registry import make
    from facewarden.lab.studio import forge_file

    name = list(ATTACKS)[number % len(ATTACKS)]
    who, other = rng.permutation(["hopper", "collins"])
    clip = moving(str(who), rng, folder / "target.mp4")
    source = None
    if name == "autoencoder":
        source = agreed(moving(str(other), rng, folder / "source.mp4"))
    elif name == "one_photo":
        source = portrait_file(str(other))
    attack = make(name, ATTACKS[name])
    output = folder / f"{name}-{number}.mp4"
    return forge_file(attack, clip, output, source=source, seed=int(rng.integers(1 << 30))), name


def moving(who: str, rng: np.random.Generator, path: Path) -> Path:
    """A clip in which a picture of that person drifts by a pixel or two from frame to frame."""
    from facewarden.lab.coding import crf_options, encode

    picture = target(who, rng, short_px=SHORT_PX)
    dy, dx = (int(v) for v in rng.integers(-2, 3, 2))
    frames = [np.roll(picture, (n * dy, n * dx), (0, 1)) for n in range(FRAMES)]
    with path.open("w+b") as file:
        encode(frames, file, rate=RATE, options=crf_options("h264", 18))
    return path


def agreed(clip: Path) -> Path:
    """The clip, with a record of consent beside it."""
    record = {
        "photo_sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "person": "somebody whose portrait is in the public domain",
        "basis": "public_domain",
        "granted_by": "NASA or the US Navy",
        "granted_on": "2020-01-01",
        "purpose": "measuring marks",
    }
    clip.with_name(clip.name + ".consent.json").write_text(json.dumps(record))
    return clip


def has_credentials(path: Path) -> bool:
    from facewarden.cues.provenance import ProvenanceCue
    from facewarden.media import probe

    return ProvenanceCue().origin(path, probe(path)).lab_marked


def mark_in(frames: Iterator[Picture]) -> bool:
    from facewarden.cues.lab_mark import find_lab_mark

    return find_lab_mark(frames).present


def pictures(path: Path) -> Iterator[Picture]:
    from facewarden.lab.coding import decode_own

    if path.suffix != ".mp4":
        with Image.open(path) as picture:
            yield np.asarray(picture.convert("RGB"))
        return
    with path.open("rb") as file:
        yield from decode_own(file)


def recoded(path: Path, *, halved: bool = False) -> Iterator[Picture]:
    """The frames after H.264 at CRF 28, at half size before that or not: no credentials, no metadata, no name."""
    from facewarden.lab.coding import crf_options, decode_own, encoded

    frames = (half(frame) if halved else frame for frame in pictures(path))
    yield from decode_own(io.BytesIO(encoded(frames, rate=RATE, options=crf_options("h264", 28))))


def half(frame: Picture) -> Picture:
    """Of even sides, as video wants them."""
    size = (frame.shape[1] // 4 * 2, frame.shape[0] // 4 * 2)
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))
