"""Manifests for the public collections, from the folders that they come in. Nothing is copied or downloaded.

* ``faceforensics``: FaceForensics++ (Rossler et al. 2019), ``original_sequences/youtube/<compression>/videos`` and
  ``manipulated_sequences/<method>/<compression>/videos`` with ``train.json``, ``val.json``, ``test.json``.
* ``celebdf``: Celeb-DF v2 (Li et al. 2020), ``Celeb-real``, ``YouTube-real``, ``Celeb-synthesis`` with
  ``List_of_testing_videos.txt``. Its own split shares celebrities between training and test: `dataset.leaks` says so.
* ``dfdc``: DFDC (Dolhansky et al. 2020), folders of clips, each with its ``metadata.json``.
* ``deepfakebench``: the JSON files of DeepfakeBench, in which DF40 (Yan et al. 2024) comes: frames of each clip.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, cast

from facewarden.errors import UsageError
from facewarden.lab.dataset import COLUMNS, MANIFEST, Dataset, Item, Label
from facewarden.lab.training.files import whole

_SPLITS = {"train": "train", "val": "dev", "validate": "dev", "dev": "dev", "test": "test"}
_FRAMES_OF_A_CLIP = 4
_LICENCES = {
    "faceforensics": "FaceForensics++ terms (research)",
    "celebdf": "Celeb-DF terms (research)",
    "dfdc": "DFDC terms (research)",
    "deepfakebench": "terms of the collections in it; DF40 CC BY-NC 4.0",
}


def read_layout(name: str, root: Path, *, compression: str = "c23") -> Dataset:
    """Return what lies under `root` in the layout `name` (of `LAYOUTS`).

    Args:
        compression: of FaceForensics++: ``raw``, ``c23`` or ``c40``; one at a time, or twins would meet themselves.

    Raises:
        UsageError: an unknown layout, or files that the layout must have are missing or not as they must be.
    """
    if name not in LAYOUTS:
        raise UsageError(f"layout must be one of {', '.join(LAYOUTS)}, but got {name!r}.")
    items = tuple(LAYOUTS[name](root, compression))
    if not items:
        raise UsageError(f"{root} holds no file in the layout {name}.")
    return Dataset(root, items)


def write_manifest(data: Dataset, name: str = MANIFEST) -> Path:
    """Write a manifest into the folder of `data`; a file of this name that is there is not overwritten.

    Raises:
        UsageError: there is one already, it cannot be written, or the name leads out of the folder.
    """
    if Path(name).name != name:
        raise UsageError(f"A manifest lies in the folder of its files: give a name alone, not {name!r}.")
    path = data.root / name
    if path.exists():
        raise UsageError(f"{path} exists already; move it away to have it written anew.")
    with whole(path) as file:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for item in data.items:
            relative = item.path.relative_to(data.root).as_posix()
            rest = (item.split, item.label, item.media, item.method, item.identity, item.pair, item.licence)
            writer.writerow((relative, *rest))
        file.write(text.getvalue().encode())
    return path


def _faceforensics(root: Path, compression: str) -> Iterator[Item]:
    split_of: dict[str, str] = {}
    people: dict[str, str] = {}
    for file, split in (("train", "train"), ("val", "dev"), ("test", "test")):
        for first, second in _json(root / f"{file}.json", list):
            for one in (first, second):
                split_of[one] = split
                # Each face of a couple is put into the other's clip: whoever sees one has seen both.
                people[one] = f"ff_{min(first, second)}_{max(first, second)}"
    for clip in _clips(root / "original_sequences" / "youtube" / compression / "videos"):
        if clip.stem in split_of:
            yield _item(
                clip, split_of[clip.stem], "real", "ff_youtube", people[clip.stem], f"ff_{clip.stem}",
                "faceforensics",
            )  # fmt: skip
    for method in sorted((root / "manipulated_sequences").glob("*")):
        for clip in _clips(method / compression / "videos"):
            target = clip.stem.partition("_")[0]
            if target in split_of:
                yield _item(
                    clip, split_of[target], "fake", f"ff_{method.name.lower()}", people[target], f"ff_{target}",
                    "faceforensics",
                )  # fmt: skip


def _celebdf(root: Path, _: str) -> Iterator[Item]:
    listed = root / "List_of_testing_videos.txt"
    lines = _text(listed).splitlines()
    tested = {PurePosixPath(line.split()[1]).as_posix() for line in lines if len(line.split()) == 2}

    def split(clip: Path) -> str:
        return "test" if clip.relative_to(root).as_posix() in tested else "train"

    for clip in _clips(root / "Celeb-real"):
        person = clip.stem.partition("_")[0]
        yield _item(
            clip, split(clip), "real", "celeb_real", f"celeb_{person}", f"celeb_{clip.stem}", "celebdf"
        )
    for clip in _clips(root / "YouTube-real"):
        yield _item(clip, split(clip), "real", "celeb_youtube", f"youtube_{clip.stem}", "", "celebdf")
    for clip in _clips(root / "Celeb-synthesis"):
        target, _donor, number = _three(clip)
        pair = f"celeb_{target}_{number}"
        yield _item(clip, split(clip), "fake", "celeb_synthesis", f"celeb_{target}", pair, "celebdf")


def _dfdc(root: Path, _: str) -> Iterator[Item]:
    for listing in sorted(root.rglob("metadata.json")):
        for name, about in sorted(_json(listing, dict).items()):
            clip = listing.parent / name
            if not clip.is_file():
                continue
            fake = about.get("label") == "FAKE"
            original = Path(str(about.get("original") or name)).stem
            split = _SPLITS.get(str(about.get("split", "train")), "train")
            # Who is seen is not told; clips with one original show the same person.
            yield _item(
                clip,
                split,
                "fake" if fake else "real",
                "dfdc",
                f"dfdc_{original}",
                f"dfdc_{original}",
                "dfdc",
            )


def _deepfakebench(root: Path, _: str) -> Iterator[Item]:
    for listing in sorted(root.rglob("*.json")):
        for labels in _json(listing, dict).values():
            for label, splits in labels.items():
                for split, clips in splits.items():
                    for clip, about in _entries(clips):
                        frames = sorted(about.get("frames", ()))
                        step = max(1, len(frames) // _FRAMES_OF_A_CLIP)
                        for frame in frames[::step][:_FRAMES_OF_A_CLIP]:
                            yield from _frame(root, frame, _SPLITS.get(split, split), label, clip)


def _entries(clips: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Clips by name; FaceForensics++ has a level of compressions in between."""
    for name, about in clips.items():
        if "frames" in about:
            yield name, about
        else:
            yield from about.items()


def _frame(root: Path, frame: str, split: str, label: str, clip: str) -> Iterator[Item]:
    relative = PurePosixPath(frame.replace("\\", "/"))
    path = root.joinpath(*[part for part in relative.parts if part not in ("/", "..", ".")])
    if not path.is_file():
        return
    real = label.lower().endswith("real")
    target = clip.partition("_")[0]
    yield _item(
        path, split, "real" if real else "fake", label.lower(), f"bench_{target}", "", "deepfakebench",
        media="photo",
    )  # fmt: skip


LAYOUTS: dict[str, Callable[[Path, str], Iterator[Item]]] = {
    "faceforensics": _faceforensics,
    "celebdf": _celebdf,
    "dfdc": _dfdc,
    "deepfakebench": _deepfakebench,
}


def _item(
    path: Path,
    split: str,
    label: str,
    method: str,
    identity: str,
    pair: str,
    layout: str,
    media: str = "clip",
) -> Item:
    kind = cast("Any", media)
    return Item(path, split, cast("Label", label), kind, method, identity, pair, _LICENCES[layout])


def _clips(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.mp4"))


def _three(clip: Path) -> tuple[str, str, str]:
    parts = clip.stem.split("_")
    if len(parts) != 3:
        raise UsageError(f"Forgeries of Celeb-DF are named idA_idB_NNNN.mp4, but got {clip.name}.")
    return parts[0], parts[1], parts[2]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}; the layout needs it.") from error


def _json(path: Path, kind: type) -> Any:
    try:
        found = json.loads(_text(path))
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}.") from error
    if not isinstance(found, kind):
        raise UsageError(f"{path} must hold a JSON {kind.__name__}, but holds a {type(found).__name__}.")
    return found
