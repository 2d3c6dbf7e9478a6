"""Filling the store: find the face in every photo and in a few frames of every clip of a data set.

Clips are also re-encoded with H.264 at several strengths before their frames are taken, both twins alike: real
codec traces in training, not JPEG alone. Photos keep their encoded bytes; frames are kept as the surroundings of
the face, JPEG 95 without chroma subsampling.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.dataset import Dataset, Item
from facewarden.lab.training.store import FaceRecord, write_store
from facewarden.media.frame import ImageRGB

log = logging.getLogger(__name__)

Hook = Callable[[str, int, int], None]
"""Called as hook(step, completed, total)."""

_MARGIN_PX = 30
Triple = tuple[FaceRecord, bytes, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Recoding:
    """A re-encoding of clips: H.264 at `crf`, scaled down to `height` px where given."""

    name: str
    crf: int
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """What is taken of one part of the data set.

    Attributes:
        name: of the store file, after the split.
        methods: of the manifest; empty for all that no other portion names.
        frames: taken from each clip, evenly spread.
        recodings: in addition to the clip as it came.
    """

    name: str
    methods: tuple[str, ...]
    frames: int = 12
    recodings: tuple[Recoding, ...] = ()


TRAIN = (
    Portion("a-dfdc", ("dfdc_crops",)),
    Portion(
        "c-live",
        ("live_autoencoder", "webcam_streams"),
        frames=20,
        recodings=(Recoding("crf23", 23), Recoding("crf28", 28), Recoding("crf33_240p", 33, 240)),
    ),
    Portion("b-rest", (), frames=8, recodings=(Recoding("crf30", 30),)),
)
DEV = (Portion("a-all", ()),)


def prepare(data: Dataset, folder: Path, *, hook: Hook | None = None) -> dict[str, int]:
    """Write the stores of the splits ``train`` and ``dev`` to `folder`; returns faces for each store file.

    A file that cannot be read is left out, with a warning.

    Raises:
        UsageError: the data set has no files to train on, or a store cannot be written.
    """
    if not data.select(split="train"):
        raise UsageError(f"{data.root} has no files in the split train, so there is nothing to train on.")
    written = {}
    for split, portions in (("train", TRAIN), ("dev", DEV)):
        named = {method for portion in portions for method in portion.methods}
        for portion in portions:
            items = [
                item
                for item in data.select(split=split)
                if (item.method in portion.methods if portion.methods else item.method not in named)
            ]
            path = folder / f"{split}-{portion.name}.npz"
            written[path.name] = write_store(path, _faces(items, data.root, portion, hook))
    return written


def _faces(items: Sequence[Item], root: Path, portion: Portion, hook: Hook | None) -> Iterator[Triple]:
    finder = _Finder()
    for number, item in enumerate(items, start=1):
        try:
            found = list(
                _photo(item, root, finder) if item.media == "photo" else _clip(item, root, finder, portion)
            )
        except (OSError, ValueError, av.FFmpegError, Image.DecompressionBombError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            log.warning("left out, since it cannot be read: %s (%s)", item.path.relative_to(root), why)
        else:
            if not found:
                log.warning("no face found in a %s of %s", item.media, item.method)
            yield from found
        if hook is not None:
            hook(portion.name, number, len(items))


class _Finder:
    def __init__(self) -> None:
        self._finder = FaceFinder()

    def largest(self, image_rgb: ImageRGB, *, thorough: bool) -> MeshFace | None:
        faces = self._finder.find(image_rgb, thorough=thorough, last_resort=thorough)
        return max(faces, key=lambda face: float(np.ptp(face.landmarks[:, 1])), default=None)


def _photo(item: Item, root: Path, finder: _Finder) -> Iterator[Triple]:
    encoded = item.path.read_bytes()
    image = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
    face = finder.largest(image, thorough=True)
    if face is not None:
        yield _record(item, root, face, 0.0, ""), encoded, face.landmarks


def _clip(item: Item, root: Path, finder: _Finder, portion: Portion) -> Iterator[Triple]:
    total = _frame_count(item.path)
    wanted = set(np.linspace(min(1, total - 1), max(total - 2, 0), portion.frames).astype(int).tolist())
    yield from _frames(item, root, finder, wanted, str(item.path), "")
    for recoding in portion.recodings:
        yield from _frames(item, root, finder, wanted, recode(item.path, recoding), recoding.name)


def _frames(
    item: Item, root: Path, finder: _Finder, wanted: set[int], source: str | io.BytesIO, condition: str
) -> Iterator[Triple]:
    with av.open(source, "r") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number not in wanted:
                continue
            image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            face = finder.largest(image, thorough=False)
            if face is not None:
                surroundings, corner = _surroundings(image, face)
                record = _record(item, root, face, float(number), condition)
                yield record, encoded_jpeg(surroundings), face.landmarks - corner


def recode(path: Path, recoding: Recoding) -> io.BytesIO:
    """Re-encode a clip in memory with H.264."""
    buffer = io.BytesIO()
    with av.open(str(path), "r") as source, av.open(buffer, "w", format="mp4") as target:
        stream = source.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if recoding.height is not None and recoding.height < height:
            width, height = round(width * recoding.height / height), recoding.height
        rate = max(1, round(float(stream.average_rate or 25)))
        encoder = target.add_stream("libx264", rate=rate)
        encoder.width, encoder.height, encoder.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        encoder.options = {"crf": str(recoding.crf), "preset": "veryfast"}
        for number, frame in enumerate(source.decode(stream)):
            scaled = frame.reformat(encoder.width, encoder.height, "yuv420p")
            scaled.time_base, scaled.pts = Fraction(1, rate), number
            target.mux(encoder.encode(scaled))
        target.mux(encoder.encode(None))
    buffer.seek(0)
    return buffer


def _frame_count(path: Path) -> int:
    with av.open(str(path), "r") as container:
        claimed = int(container.streams.video[0].frames)
        return claimed or sum(1 for _ in container.decode(video=0))


def _surroundings(image: ImageRGB, face: MeshFace) -> tuple[ImageRGB, npt.NDArray[np.float32]]:
    """The part of the picture that an aligned crop with some jitter can reach, and its corner (3,)."""
    to_frame = warp.invert(align.crop_transform(face.landmarks))
    low, high = -_MARGIN_PX, CROP_SIZE + _MARGIN_PX
    corners = warp.apply(to_frame, np.array([[low, low], [high, low], [low, high], [high, high]], float))
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int), [image.shape[1], image.shape[0]])
    return image[y0:y1, x0:x1], np.array([x0, y0, 0], np.float32)


def _record(item: Item, root: Path, face: MeshFace, time: float, condition: str) -> FaceRecord:
    return FaceRecord(
        path=item.path.relative_to(root).as_posix(),
        label=int(item.is_fake),
        method=item.method,
        identity=item.identity,
        pair=item.pair,
        media=item.media,
        time_s=time,
        condition=condition,
        yaw_deg=align.pose_deg(face.landmarks)[0],
        height_px=float(np.linalg.norm(face.landmarks[10, :2] - face.landmarks[152, :2])),
    )


def encoded_jpeg(image: ImageRGB) -> bytes:
    """How pictures of (H, W, 3) uint8 are stored: JPEG 95 without chroma subsampling."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()
