"""How many 720p frames a second the attack `one_photo` forges, beside decoding and encoding alone. Prints one table.

The clip shows two people, and both faces are swapped. All sides run in turn in this process, round by round, after a
first look at a few frames, in which models are loaded. What counts is the ratio to the baseline and to a camera's ten
frames a second. On a busy machine the clock says how busy it is; the processor's time then says more, so ratios are
of that. The whole command reads the clip twice: once to find the faces, once to forge.

    python benchmarks/one_photo_speed.py --frames 90 --rounds 3
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from clips import RATE, two_faces_clip
from marks import portrait_file

if TYPE_CHECKING:
    from facewarden.lab.attacks.protocol import Scene
    from facewarden.media.frame import ImageRGB

WANTED_FPS = 10.0
BASELINE = "decoding and encoding alone"
ATTACK = "the attack alone: following the faces, and forging"
FINDING, FORGING = "of it, following the faces", "of it, forging"
MARKING = "marking alone: banner and invisible mark"
WHOLE = "the whole command: finding, nudity check, forging, marking, encoding, signing"
Seconds = tuple[float, float]
"""On the clock, and of processors."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=90, help="length of the clip (default: 90)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="one-photo-") as folder:
        os.environ["FACEWARDEN_LAB_LOG"] = str(Path(folder, "log.jsonl"))
        clip = shortened(two_faces_clip(20), options.frames, Path(folder, "clip.mp4"))
        rounds = [measured(clip, Path(folder)) for _ in range(options.rounds)]
    rows = described(rounds, options.frames)
    width = max(len(row[0]) for row in rows)
    print(
        f"| {'what':{width}} | frames a second by the clock | in a second of one processor | times the baseline "
        f"| target |\n|{'-' * (width + 2)}|---|---|---|---|"
    )
    for what, *cells in rows:
        print(f"| {what:{width}} | {' | '.join(cells)} |")
    print(f"\n{os.cpu_count()} processors, load {os.getloadavg()[1]:.1f} over five minutes")


def measured(clip: Path, folder: Path) -> dict[str, Seconds]:
    """One round of every side."""
    from facewarden.lab.attacks.registry import make
    from facewarden.lab.coding import crf_options, encode
    from facewarden.lab.studio import forge_file

    sides: dict[str, Seconds] = {}
    coding = crf_options("h264", 18)
    sides[BASELINE] = taken(lambda: encode(pictures(clip), io.BytesIO(), rate=Fraction(RATE), options=coding))
    sides |= in_memory(list(pictures(clip)))
    source = portrait_file("collins")
    sides[WHOLE] = taken(lambda: forge_file(make("one_photo"), clip, folder / "out.mp4", source=source))
    return sides


def in_memory(frames: Sequence[ImageRGB]) -> dict[str, Seconds]:
    scenes: list[Scene] = []
    forged: list[ImageRGB] = []
    for _ in swapped(list(followed(frames[:3]))):
        pass
    sides = {FINDING: taken(lambda: scenes.extend(followed(frames)))}
    sides[FORGING] = taken(lambda: forged.extend(swapped(scenes)))
    sides[ATTACK] = summed(sides[FINDING], sides[FORGING])
    sides[MARKING] = taken(lambda: mark(forged, scenes))
    return sides


def pictures(clip: Path) -> Iterator[ImageRGB]:
    from facewarden.lab.coding import decode_own

    with clip.open("rb") as file:
        yield from decode_own(file)


def followed(frames: Sequence[ImageRGB]) -> Iterator[Scene]:
    from facewarden.faces.tracker import FaceTracker
    from facewarden.lab.attacks.protocol import Scene
    from facewarden.media.frame import Frame

    tracker = FaceTracker()
    for number, image in enumerate(frames):
        frame = Frame(image, number / RATE, number)
        yield Scene(frame, tuple(track.face for track in tracker.update(frame).tracks))


def swapped(scenes: Sequence[Scene]) -> Iterator[ImageRGB]:
    from facewarden.lab.attacks.registry import make

    source = next(photo(portrait_file("collins")))
    for frame in make("one_photo").forge(scenes, source_rgb=source):
        yield frame.image_rgb


def photo(path: Path) -> Iterator[ImageRGB]:
    from facewarden.media import open_media

    with open_media(path) as media:
        yield from (frame.image_rgb for frame in media.frames())


def mark(frames: Sequence[ImageRGB], scenes: Sequence[Scene]) -> None:
    from facewarden.lab.marks.banner import banner_for
    from facewarden.lab.marks.watermark import STRENGTHS, embed
    from facewarden.lab.studio import kept_clear

    height, width = frames[0].shape[:2]
    banner = banner_for(width, height, [box for scene in scenes for box in kept_clear(scene.faces)])
    for frame in frames:
        embed(banner.put_on(frame), strength=STRENGTHS[2])


def shortened(clip: Path, frames: int, path: Path) -> Path:
    from facewarden.lab.coding import crf_options, encode

    with path.open("w+b") as file:
        encode(islice(pictures(clip), frames), file, rate=Fraction(RATE), options=crf_options("h264", 20))
    return path


def taken(work: Callable[[], object]) -> Seconds:
    """How long `work` takes; processors count with the processes that it starts and ends."""
    clock, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    spent = sum(getattr(after, part) - getattr(before, part) for part in PARTS)
    return time.perf_counter() - clock, spent


PARTS = ("user", "system", "children_user", "children_system")


def summed(one: Seconds, other: Seconds) -> Seconds:
    return one[0] + other[0], one[1] + other[1]


def described(rounds: Sequence[Mapping[str, Seconds]], frames: int) -> list[tuple[str, ...]]:
    """Medians over the rounds, lowest and highest in brackets; each round's ratio is that to its own baseline."""
    rows = []
    for side in (BASELINE, ATTACK, FINDING, FORGING, MARKING, WHOLE):
        clock, processor = ([frames / each[side][part] for each in rounds] for part in (0, 1))
        ratios = [each[side][1] / each[BASELINE][1] for each in rounds]
        target = f"more than {WANTED_FPS:.0f}" if side == ATTACK else ""
        rows.append((side, spread(clock, 1), spread(processor, 1), spread(ratios, 2), target))
    return rows


def spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


if __name__ == "__main__":
    main()
