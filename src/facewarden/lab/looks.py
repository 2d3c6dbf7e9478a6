"""What is kept of each file of a collection, once, so that files can be compared: hashes and numbers, never a picture.

Of up to six moments the PDQ hash, as it is and mirrored; of up to three the identity embedding of the largest face; and
the statistics of what lies outside that face's box. Whoever holds an embedding can tell the person again, so the cache
is to be kept, and deleted, as the collection itself is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.faces import align, likeness
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.mesh import MeshFace
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.version import code_version
from facewarden.lab.peers.statistics import surroundings
from facewarden.matching.pdq import Words, pdq_of, turned
from facewarden.media.frame import Frame, ImageRGB
from facewarden.media.opening import open_media
from facewarden.models import model_path

WHOLE, MIRRORED, FACE, BACKGROUND = "whole", "mirrored", "face", "background"

_FRAMES_PER_S = 1.0
_MOST_MOMENTS = 6
_MOST_FACES = 3
_MIRRORED_LEFT_TO_RIGHT = 4
_NETWORK = "dlib_face_recognition_resnet_model_v1.dat"


@dataclass(frozen=True, slots=True)
class Look:
    """What one file looks like.

    Attributes:
        whole: (M, 4) uint64 PDQ hashes of the moments that show enough to be told from others.
        mirrored: (M, 4) uint64, the same of the moments mirrored left to right.
        faces: (K, 128) float32 embeddings of the largest face, of the moments at which it can be compared.
        background: `statistics.surroundings`, means over the moments; empty without a face, or with nothing around it.
    """

    whole: Words
    mirrored: Words
    faces: npt.NDArray[np.float32]
    background: Mapping[str, float]


def look_of(parts: Mapping[str, float]) -> Look:
    """Return what `Looker` measured, from the numbers that a cache holds."""
    return Look(
        whole=_hashes(parts, WHOLE),
        mirrored=_hashes(parts, MIRRORED),
        faces=_rows(parts, FACE).astype(np.float32).reshape(-1, likeness.DIMENSIONS),
        background={name: value for name, value in parts.items() if name.startswith(f"{BACKGROUND}_")},
    )


class Looker:
    """Looks at a file; a detector only in form (`score` counts the faces), so that numbers are kept as scores are."""

    name = "looks"

    def __getstate__(self) -> dict[str, object]:
        return {}

    @cached_property
    def version(self) -> str:
        return code_version(
            "faces", "lab/looks", "lab/peers/statistics", "matching/pdq", files=[model_path(_NETWORK)]
        )

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the numbers of a file; abstains where no face can be compared. Decodes in the confined process.

        Raises:
            MediaError: it cannot be read.
            UsageError: the package of the PDQ hash is not there.
        """
        parts: dict[str, float] = {}
        backgrounds: list[dict[str, float]] = []
        hashes = faces = 0
        reason = "no_face"
        for frame in _moments(path):
            whole = pdq_of(frame.image_rgb)
            if whole.useful:
                mirrored = pdq_of(turned(frame.image_rgb, _MIRRORED_LEFT_TO_RIGHT))
                parts |= _numbered(WHOLE, hashes, np.frombuffer(whole.digest, np.uint8))
                parts |= _numbered(MIRRORED, hashes, np.frombuffer(mirrored.digest, np.uint8))
                hashes += 1
            face = self._largest_face(frame.image_rgb)
            if face is None:
                continue
            backgrounds.append(surroundings(frame.image_rgb, _box(face, frame.image_rgb)))
            if faces < _MOST_FACES:
                unfit = _unfit(frame, face)
                if unfit is None:
                    embedding = self._encoder.embed(frame.image_rgb, face.landmarks)
                    parts |= _numbered(FACE, faces, np.round(embedding, 5))
                    faces += 1
                else:
                    reason = unfit
        parts |= _background(backgrounds)
        return Judgement(float(faces) if faces else None, reason="" if faces else reason, parts=parts)

    def _largest_face(self, image_rgb: ImageRGB) -> MeshFace | None:
        found = self._finder.find(image_rgb) or self._finder.find(image_rgb, thorough=True, last_resort=True)
        return max(found, key=lambda face: float(np.ptp(face.landmarks[:, 1])), default=None)

    @cached_property
    def _finder(self) -> FaceFinder:
        return FaceFinder()

    @cached_property
    def _encoder(self) -> IdentityEncoder:
        return IdentityEncoder()


def _moments(path: Path) -> Iterator[Frame]:
    with open_media(path, frames_per_s=_FRAMES_PER_S) as media:
        yield from islice(media.frames(), _MOST_MOMENTS)


def _unfit(frame: Frame, face: MeshFace) -> str | None:
    height, width = frame.image_rgb.shape[:2]
    beyond = likeness.outside(face.box_xyxy, width=width, height=height)
    return likeness.unfit(align.sample(frame, face, track=1), outside=beyond)


def _box(face: MeshFace, image_rgb: ImageRGB) -> tuple[int, int, int, int]:
    """The face's box in whole pixels, cut off at the edges."""
    height, width = image_rgb.shape[:2]
    x0, y0, x1, y1 = (float(v) for v in face.box_xyxy)
    return (
        max(0, int(np.floor(x0))),
        max(0, int(np.floor(y0))),
        min(width, int(np.ceil(x1)) + 1),
        min(height, int(np.ceil(y1)) + 1),
    )


def _background(seen: list[dict[str, float]]) -> dict[str, float]:
    measured = [one for one in seen if one]
    names = measured[0] if measured else ()
    return {
        f"{BACKGROUND}_{name}": round(float(np.mean([one[name] for one in measured])), 5) for name in names
    }


def _numbered(kind: str, row: int, values: npt.NDArray[np.generic]) -> dict[str, float]:
    return {f"{kind}_{row}_{place}": float(value) for place, value in enumerate(values.tolist())}


def _rows(parts: Mapping[str, float], kind: str) -> npt.NDArray[np.float64]:
    """The values of one kind in the order in which they were written, which a cache keeps."""
    return np.array([value for name, value in parts.items() if name.startswith(f"{kind}_")], np.float64)


def _hashes(parts: Mapping[str, float], kind: str) -> Words:
    digests = _rows(parts, kind).astype(np.uint8).tobytes()
    return np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 4)
