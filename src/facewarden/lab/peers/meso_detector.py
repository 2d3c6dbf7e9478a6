"""MesoNet as a detector of files: the paper's face crop, its mean over frames, the four networks together.

Differences from the authors' pipeline: faces are found by our detector and mesh instead of dlib's, and a clip
is judged by 6 frames a second of its first 20 seconds instead of by all frames (neighbours differ little).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import warp
from facewarden.faces.finder import FaceFinder
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.version import code_version
from facewarden.lab.peers import mesonet
from facewarden.media import open_media
from facewarden.media.frame import Frame, ImageRGB

ENVIRONMENT = "FACEWARDEN_PEERS"

# The authors cut a square of 2.2 x 1.3 times the larger of eye distance and eyes-to-mouth distance.
_SIDE = 2.2 * 1.3
_RIGHT_EYE = (33, 133, 159, 145)
_LEFT_EYE = (263, 362, 386, 374)
_LIPS = (0, 13, 14, 17, 61, 291)
_NOSE = (4, 6)

_FRAMES_PER_S = 6.0
_MOST_FRAMES = 120

FrameSource = Callable[[Path], Iterable[Frame]]


def sampled_frames(path: Path) -> Iterator[Frame]:
    """Yield the frames that MesoNet judges; one for a photo. Raises MediaError."""
    with open_media(path, frames_per_s=_FRAMES_PER_S) as media:
        yield from islice(media.frames(), _MOST_FRAMES)


@dataclass
class MesoNetDetector:
    """The four published networks on the largest face of each sampled frame; each is a part of its own."""

    folder: Path
    frames: FrameSource = sampled_frames
    name: str = field(default="MesoNet, mean of four", init=False)

    def __post_init__(self) -> None:
        missing = [name for name in mesonet.WEIGHTS.values() if not (self.folder / name).is_file()]
        if missing:
            raise UsageError(
                f"MesoNet's weights are not in {self.folder}: {', '.join(missing)}. They are not part of the "
                f"project; name their folder with --mesonet DIR or ${ENVIRONMENT}, or leave MesoNet out."
            )

    def __getstate__(self) -> dict[str, object]:
        # Loaded networks stay behind when the detector travels to another process.
        return {"folder": self.folder, "frames": self.frames, "name": self.name}

    @cached_property
    def version(self) -> str:
        weights = [self.folder / name for name in mesonet.WEIGHTS.values()]
        return code_version("faces", "media", "lab/peers/mesonet", "lab/peers/meso_detector", files=weights)

    def predict(self, path: Path) -> float | None:
        return self.judge(path).score

    def judge(self, path: Path) -> Judgement:
        """Return the mean forged probability over frames and networks; abstains where no face is found."""
        crops = [crop for frame in self.frames(path) if (crop := self._largest_face(frame)) is not None]
        if not crops:
            return Judgement(None, reason="no_face")
        parts = {
            f"MesoNet {name}": float(mesonet.forged_probability(network, crops).mean())
            for name, network in self._networks.items()
        }
        return Judgement(float(np.mean(list(parts.values()))), parts=parts)

    @cached_property
    def _networks(self) -> dict[str, mesonet.MesoNet]:
        return {name: mesonet.load(self.folder / file) for name, file in mesonet.WEIGHTS.items()}

    @cached_property
    def _finder(self) -> FaceFinder:
        return FaceFinder()

    def _largest_face(self, frame: Frame) -> ImageRGB | None:
        faces = self._finder.find(frame.image_rgb) or self._finder.find(
            frame.image_rgb, thorough=True, last_resort=True
        )
        if not faces:
            return None
        largest = max(faces, key=lambda face: float(np.prod(face.box_xyxy[2:] - face.box_xyxy[:2])))
        return warp.cut(frame.image_rgb, crop_transform(largest.landmarks), mesonet.INPUT_SIZE)


def crop_transform(landmarks: npt.NDArray[np.floating]) -> warp.Affine:
    """The similarity from the picture to MesoNet's 256 px square, for (468, 2 or 3) landmarks.

    Centred on the middle of the nose, upright along the line from the eyes to the mouth.
    """

    def place(numbers: tuple[int, ...]) -> npt.NDArray[np.float64]:
        return np.asarray(landmarks[list(numbers), :2].mean(0), dtype=np.float64)

    right, left, mouth, centre = place(_RIGHT_EYE), place(_LEFT_EYE), place(_LIPS), place(_NOSE)
    down = mouth - (right + left) / 2
    side = _SIDE * max(float(np.linalg.norm(left - right)), float(np.linalg.norm(down)), 1.0)
    unit = down / (float(np.linalg.norm(down)) + 1e-9)
    scale = mesonet.INPUT_SIZE / side
    linear = scale * np.array([[unit[1], -unit[0]], [unit[0], unit[1]]])
    middle = np.full(2, (mesonet.INPUT_SIZE - 1) / 2)
    return np.hstack([linear, (middle - linear @ centre)[:, None]])


def weights_folder(folder: Path | None = None) -> Path | None:
    """Return `folder`, else $FACEWARDEN_PEERS, else ``../shared/peers/mesonet`` if it is there, else None."""
    named = folder or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    beside = Path(__file__).resolve().parents[4].parent / "shared" / "peers" / "mesonet"
    return named or (beside if beside.is_dir() else None)
