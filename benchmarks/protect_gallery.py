"""The faces on which recognition is measured: their embeddings, kept in a file as they come.

A line of the file is one face: where it comes from (a method of the manifest and whom it shows), how well it is seen,
and its embedding. Pictures are known by a digest of their place in the data folder. Embeddings of people are secret, so
the file belongs outside the repository and outside any backup.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.errors import MediaError
from facewarden.faces import align
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.likeness import outside
from facewarden.faces.mesh import MeshFace
from facewarden.lab.dataset import Dataset, Item
from facewarden.media import open_media
from facewarden.media.frame import Frame

SAME_PERSON = ("webcam_streams", "interviews", "lip_actors")
OTHERS = ("us_congress", "taiwan_candidates", "ffhq")
MOMENTS_PER_S, MOST_MOMENTS = 3.0, 12
PHOTOS = frozenset({".jpg", ".jpeg", ".png"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One face; `embedding` (128,) is empty where no face was found."""

    source: str
    method: str
    person: str
    split: str
    time_s: float = 0.0
    height_px: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    sharpness: float = 0.0
    presence: float = 0.0
    outside: float = 0.0
    embedding: list[float] = field(default_factory=list)


class Gallery:
    """The file of embeddings: read at the start, added to face by face."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seen: list[Seen] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    self.seen.append(Seen(**json.loads(line)))
                except (ValueError, TypeError):
                    continue  # the line that was being written when the last run was stopped

    def fill(self, items: Sequence[Item], root: Path) -> None:
        """Embed the faces of the items that are not in the file yet."""
        known = {one.source for one in self.seen}
        missing = [item for item in items if source_of(item, root) not in known]
        if not missing:
            return
        finder, encoder = FaceFinder(), IdentityEncoder()
        for item in missing:
            self._add([*embedded(item, root, finder, encoder)] or [Seen(**_origin(item, root))])

    def _add(self, faces: Sequence[Seen]) -> None:
        # The faces of a file stand or fall together: a file that was begun is not taken for a finished one.
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join("\n" + json.dumps(asdict(face)) for face in faces))
        self.seen += faces


def embedded(item: Item, root: Path, finder: FaceFinder, encoder: IdentityEncoder) -> Iterator[Seen]:
    """The largest face of a photo, or of a few moments of a clip."""
    for frame, face in faces_of(item.path, finder):
        sample = align.sample(frame, face, track=1)
        height, width = frame.image_rgb.shape[:2]
        yield Seen(
            **_origin(item, root),
            time_s=round(sample.time_s, 3),
            height_px=round(sample.height_px, 1),
            yaw_deg=round(sample.yaw_deg, 1),
            pitch_deg=round(sample.pitch_deg, 1),
            sharpness=round(sample.sharpness, 4),
            presence=round(sample.presence, 4),
            outside=round(outside(face.box_xyxy, width=width, height=height), 3),
            embedding=[round(float(v), 6) for v in encoder.embed(frame.image_rgb, face.landmarks)],
        )


def faces_of(
    path: Path, finder: FaceFinder, *, moments: int = MOST_MOMENTS
) -> Iterator[tuple[Frame, MeshFace]]:
    """The largest face of each of the first `moments` looks, three a second; nothing where the file cannot be read."""
    if path.suffix.lower() in PHOTOS:
        # The data's own pictures: a process of its own for each would cost more than finding the face.
        with Image.open(path) as picture:
            frames = [Frame(np.asarray(picture.convert("RGB")), 0.0, 0)]
        yield from _largest(frames, finder, photo=True)
        return
    try:
        with open_media(path, frames_per_s=MOMENTS_PER_S) as media:
            yield from _largest(islice(media.frames(), moments), finder, photo=False)
    except MediaError:
        return


def _largest(frames: Iterable[Frame], finder: FaceFinder, *, photo: bool) -> Iterator[tuple[Frame, MeshFace]]:
    for frame in frames:
        found = finder.find(frame.image_rgb, thorough=photo, last_resort=photo)
        if found:
            yield frame, max(found, key=lambda face: float(np.prod(face.box_xyxy[2:] - face.box_xyxy[:2])))


def source_of(item: Item, root: Path) -> str:
    return hashlib.sha256(item.path.relative_to(root).as_posix().encode()).hexdigest()[:16]


def person_of(item: Item) -> str:
    """Whom an item shows, which the manifest says for photos only.

    The actors of `lip_actors` are told apart by the ends of the files' names. The streams of one identity of
    `webcam_streams` are those onto which one decoder drew, and show different people: each is somebody of its own.
    """
    if item.method == "webcam_streams":
        return f"{item.method}/{item.path.stem}"
    if item.method == "lip_actors" and (name := re.search(r"_([a-z]+)\d*$", item.path.stem)):
        return f"{item.method}/{name[1]}"
    return f"{item.method}/{item.identity}"


def chosen(data: Dataset) -> list[Item]:
    """The genuine items that are embedded, turn by turn from each data set: a run that was stopped has some of all."""
    groups = [
        [item for item in data.items if item.label == "real" and item.method == method]
        for method in (*SAME_PERSON, *OTHERS)
    ]
    return [item for turn in zip_longest(*groups) for item in turn if item is not None]


def matrix(seen: Sequence[Seen]) -> npt.NDArray[np.float32]:
    """(N, 128) embeddings."""
    return np.array([one.embedding for one in seen], np.float32).reshape(len(seen), 128)


def _origin(item: Item, root: Path) -> dict[str, Any]:
    return {
        "source": source_of(item, root),
        "method": item.method,
        "person": person_of(item),
        "split": item.split,
    }
