"""How many edited copies of clips are found: the parts `clips` and `scenes` of benchmarks/matching_copies.py.

Three are asked, with the same files: plain vPDQ (80 % of the query's hashes match; the same frames as ours), ours, and
Meta's matcher, once with the one hash a second that is its default and once with every frame, the most it offers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matching_edits import CLIP_EDITS, ClipEdit
from matching_items import Item
from matching_meta import MetaClips
from matching_results import SCENES, Results
from PIL import Image

from facewarden.faces.finder import FaceFinder
from facewarden.matching.clips import ClipIndex, ClipMatch, clip_print
from facewarden.media import open_media

METHODS = ("webcam_streams", "speakers", "lip_actors", "signing")
SECONDS, SIDE, RATE = 20.0, 480, 15
VPDQ_SHARE = 0.8
OTHERS, HALVES = SCENES


def measure(items: Sequence[Item], results: Results, finder: FaceFinder) -> None:
    metas = {"meta": MetaClips(), "meta_every": MetaClips(seconds_per_hash=0)}
    todo = [
        (number, edit)
        for number in range(len(items))
        for edit in CLIP_EDITS
        if not _known(results, number, edit, metas)
    ]
    if not todo:
        return
    index = ClipIndex(finder=finder)
    with tempfile.TemporaryDirectory() as folder:
        originals = [encode(shots(item), Path(folder) / f"{number}.mp4") for number, item in enumerate(items)]
        for number, original in enumerate(originals):
            index.add(number, clip_print(original, finder=finder))
            for meta in metas.values():
                meta.add(number, original)
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
                **_told_by(metas, copy, number),
                share=0.0 if own is None else own.query_share,
                speed=None if own is None else own.speed,
            )


def measure_scenes(items: Sequence[Item], results: Results, finder: FaceFinder) -> None:
    """Genuine clips that are no copies and yet look alike: how many of them are taken for copies?

    Every clip is looked up among all others of the same identity, which share a scene where the data have it so, and
    each half of a clip in the other.
    """
    items = [item for item in items if item.method in METHODS]
    if all(results.has("scenes", number, HALVES) for number in range(len(items))):
        return
    index = ClipIndex(finder=finder)
    with tempfile.TemporaryDirectory() as folder:
        whole, half = Path(folder) / "whole.mp4", Path(folder) / "half.mp4"
        for number, item in enumerate(items):
            index.add(number, clip_print(encode(shots(item), whole), finder=finder))
        for number, item in enumerate(items):
            if results.has("scenes", number, HALVES):
                continue
            frames = list(shots(item))
            others = [other for other in range(len(items)) if items[other].identity == item.identity]
            found = [m for m in index.match(encode(frames, whole)) if m.clip in others and m.clip != number]
            _add_scene(results, number, OTHERS, item, len(others) - 1, found)
            first, second = frames[: len(frames) // 2], frames[len(frames) // 2 :]
            found = []
            for enrolled, shown in ((first, second), (second, first)):
                halves = ClipIndex(finder=finder)
                halves.add(number, clip_print(encode(enrolled, half), finder=finder))
                found += halves.match(encode(shown, half))
            _add_scene(results, number, HALVES, item, 2, found)


def _add_scene(
    results: Results, number: int, what: str, item: Item, pairs: int, found: Sequence[ClipMatch]
) -> None:
    results.add(
        "scenes",
        number,
        what,
        method=item.method,
        pairs=pairs,
        alike=sum(match.alike for match in found),
        confirmed=sum(match.confirmed for match in found),
    )


def _known(results: Results, number: int, edit: ClipEdit, metas: Mapping[str, MetaClips]) -> bool:
    """Whether a copy was measured before, and by Meta's matcher, too, if that is installed now."""
    record = results.get("clips", number, edit.name)
    return record is not None and all(
        record.get(name) is not None for name, meta in metas.items() if meta.there
    )


def _told_by(metas: Mapping[str, MetaClips], copy: Path, number: int) -> dict[str, bool | int | None]:
    told: dict[str, bool | int | None] = {}
    for name, meta in metas.items():
        found = meta.query(copy)
        told[name] = None if found is None else number in found
        told[f"{name}_false"] = None if found is None else len(found - {number})
    return told


def shots(item: Item) -> Iterator[Image.Image]:
    """The clip's first seconds, at a rate and size that keep the benchmark bearable."""
    with open_media(item.path, frames_per_s=RATE, max_side=SIDE) as media:
        for frame in media.frames():
            if frame.time_s > SECONDS:
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
        stream: Any = container.add_stream("libx264", rate=Fraction(round(RATE * speed * 100), 100))
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"}
        for number, frame in enumerate(frames):
            even = frame.crop((0, 0, frame.width // 2 * 2, frame.height // 2 * 2))
            if number == 0:
                stream.width, stream.height = even.size
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(even), "rgb24")))
        container.mux(stream.encode())
    return target
