"""A store of faces for training: encoded pictures beside their landmarks, in one file.

Built once from a data set (see `prepare`), read by every training worker. The pictures are the encoded bytes of the
photo itself, or of the face's surroundings for frames of clips; nothing is aligned or resized yet, so that the
aligned crop is cut in training by the same code, and with the same resampler, as in a check.
The file is a cache: it holds people's pictures, so it lives in a git-ignored folder and is never shipped.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.errors import UsageError
from facewarden.lab.training.files import whole
from facewarden.media.frame import ImageRGB


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """One face.

    Attributes:
        path: of the photo or clip, relative to the data set.
        label: 1 forged, 0 genuine.
        method, identity, pair: as in the manifest; `pair` links a forgery and its genuine twin.
        media: ``photo`` or ``clip``.
        time_s: which frame of the clip, by its number, so that twins whose clocks differ still meet; 0 for photos.
        condition: how the clip was re-encoded for the store ("" as it came, else e.g. ``crf28``).
        yaw_deg, height_px: pose and size in the original.
    """

    path: str
    label: int
    method: str
    identity: str
    pair: str
    media: str
    time_s: float
    condition: str
    yaw_deg: float
    height_px: float


class FaceStore:
    """Read access to a store file; cheap to open, pictures are decoded when asked for."""

    def __init__(self, path: Path) -> None:
        """Open the store at `path`. Raises UsageError where it is not one."""
        try:
            with path.open("rb") as file, np.load(file) as data:
                self.records = [
                    FaceRecord(**record) for record in json.loads(bytes(data["records"]).decode())
                ]
                self._offsets = data["offsets"]
                self._blob = data["blob"]
                self._landmarks = data["landmarks"]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise UsageError(
                f"{path} is not a store of faces; make it anew with: facewarden lab prepare."
            ) from error

    def __len__(self) -> int:
        return len(self.records)

    def picture(self, index: int) -> ImageRGB:
        """(H, W, 3) uint8 picture of face `index`."""
        encoded = self._blob[self._offsets[index] : self._offsets[index + 1]].tobytes()
        return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))

    def landmarks(self, index: int) -> npt.NDArray[np.float32]:
        """(468, 3) float32 landmarks in pixels of `picture(index)`."""
        return np.asarray(self._landmarks[index], np.float32)


def write_store(path: Path, faces: Iterable[tuple[FaceRecord, bytes, npt.NDArray[np.float32]]]) -> int:
    """Write (record, encoded picture, landmarks) triples to `path`; returns how many there were.

    Raises:
        UsageError: the file cannot be written; what was at `path` before is still there.
    """
    records, blobs, landmarks = [], [], []
    for record, encoded, points in faces:
        records.append(asdict(record))
        blobs.append(np.frombuffer(encoded, np.uint8))
        landmarks.append(points.astype(np.float16 if np.abs(points).max() < 1000 else np.float32))
    offsets = np.concatenate([[0], np.cumsum([len(blob) for blob in blobs])]).astype(np.int64)
    with whole(path) as file:
        np.savez(
            file,
            records=np.frombuffer(json.dumps(records).encode(), np.uint8),
            offsets=offsets,
            blob=np.concatenate(blobs) if blobs else np.zeros(0, np.uint8),
            landmarks=np.stack(landmarks) if landmarks else np.zeros((0, 468, 3), np.float32),
        )
    return len(records)


def read_stores(folder: Path, split: str) -> Iterator[FaceStore]:
    """Open every store of one split in `folder` (``<split>-*.npz``), in the order of their names."""
    for path in sorted(folder.glob(f"{split}-*.npz")):
        yield FaceStore(path)
