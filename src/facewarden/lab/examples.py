"""The examples that come with the project: one photo and one clip, each genuine and as a marked swap.

Both people are shown in official portraits in the public domain that scientific packages carry as samples, so
anybody can make the examples anew. The clip is made too: a hand-held look at the portrait, by geometry and noise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.tracker import FaceTracker
from facewarden.lab.coding import crf_options, encode, replaced_whole
from facewarden.lab.marks.marked import write_marked_clip, write_marked_photo
from facewarden.lab.studio import kept_clear
from facewarden.media.frame import Frame, ImageRGB

if TYPE_CHECKING:
    from facewarden.lab.attacks.one_photo import OnePhotoSwap

_FRAME_RATE = 25
_FRAMES = 75
_CLIP_PX = 448
_CRF = 22
_NOISE = 1.6
"""Standard deviation of the sensor noise, in levels of 0..255."""

README = """\
# Examples

| File | What it is |
| --- | --- |
| `genuine.jpg` | a portrait, as published |
| `LAB-swap.jpg` | the same portrait with another person's face: **a forgery made by the lab** |
| `genuine.mp4` | a clip of 3 seconds: a moving look at the same portrait |
| `LAB-swap.mp4` | the same clip with the other face in every frame: **a forgery made by the lab** |

## Who is shown, and with what right

- `genuine.jpg`, `genuine.mp4`: Grace Hopper, rear admiral and computer scientist, in her official portrait by the
  United States Navy (James S. Davis). A work of the United States government, in the public domain. The picture
  comes with Matplotlib (`grace_hopper.jpg`).
- The face in `LAB-swap.jpg` and `LAB-swap.mp4`: Eileen Collins, astronaut, in her official portrait by NASA. A work
  of the United States government, in the public domain. The picture comes with scikit-image
  (`skimage.data.astronaut`).

Neither person takes part in this project or endorses it. The pictures were chosen because they are official,
public and free, and because the swap says nothing of either person. They were not used for training.

## How they were made

    facewarden lab examples -o examples/

The clip is the portrait seen through a slowly moving, turning and zooming window, with sensor noise. The swap
warps the face of the one photo to the landmarks of the other face in each frame, gives it that face's colours,
renders it in a square of 128 px, and pastes it back under a mask with a blurred edge. Every forgery carries a
banner, an invisible mark in its pixels, content credentials that declare it, and a name that begins with `LAB-`;
the lab has no way to write one without them.
"""


@dataclass(frozen=True, slots=True)
class Portraits:
    """(H, W, 3) uint8 pictures: whose face is replaced, and whose face comes in its place."""

    target_rgb: ImageRGB
    source_rgb: ImageRGB


def write_examples(folder: Path) -> list[Path]:
    """Write the photos, the clips and their README to `folder`; returns the paths in that order.

    Raises:
        UsageError: without the extra [lab], where the portraits come from.
    """
    shown = portraits()
    from facewarden.lab.attacks.one_photo import OnePhotoSwap

    folder.mkdir(parents=True, exist_ok=True)
    swap = OnePhotoSwap(shown.source_rgb, core_px=128, mask="hull", colour="lab")
    genuine_photo = folder / "genuine.jpg"
    Image.fromarray(shown.target_rgb).save(genuine_photo, quality=92)
    genuine_clip = folder / "genuine.mp4"
    _write_clip(animated(shown.target_rgb), genuine_clip)
    readme = folder / "README.md"
    readme.write_text(README, encoding="utf-8")
    return [
        genuine_photo,
        _swapped_photo(shown.target_rgb, swap, folder / "swap.jpg"),
        genuine_clip,
        _swapped_clip(shown.target_rgb, swap, folder / "swap.mp4"),
        readme,
    ]


def animated(picture_rgb: ImageRGB, *, frames: int = _FRAMES) -> Iterator[ImageRGB]:
    """Look at a picture of 512 px or more through a moving 448 px window, with noise; the same on every call."""
    rng = np.random.default_rng(2024)
    picture = Image.fromarray(picture_rgb)
    height, width = picture_rgb.shape[:2]
    for number in range(frames):
        turn = 2 * np.pi * number / frames
        angle = np.radians(1.4 * np.sin(turn))
        scale = 1.06 + 0.025 * np.cos(turn)
        centre = width / 2 + 6 * np.sin(turn + 0.7), height / 2 + 5 * np.sin(2 * turn)
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        half = _CLIP_PX / 2
        shift = centre[0] - (cos - sin) * half, centre[1] - (sin + cos) * half
        window = picture.transform(
            (_CLIP_PX, _CLIP_PX),
            Image.Transform.AFFINE,
            (cos, -sin, shift[0], sin, cos, shift[1]),
            Image.Resampling.BICUBIC,
        )
        noisy = np.asarray(window, np.float32) + rng.normal(0, _NOISE, (_CLIP_PX, _CLIP_PX, 1))
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def portraits() -> Portraits:
    """The two portraits in the public domain. Raises UsageError without the extra [lab]."""
    try:
        from matplotlib.cbook import get_sample_data
        from skimage.data import astronaut

        with Image.open(os.fspath(get_sample_data("grace_hopper.jpg", asfileobj=False))) as picture:
            target = np.asarray(picture.convert("RGB"))
        return Portraits(target_rgb=target, source_rgb=np.asarray(astronaut()))
    except (ImportError, OSError) as error:
        raise UsageError(
            "The portraits for the examples come with scikit-image and Matplotlib, which are not there. "
            "Install them with: pip install 'facewarden[lab]'"
        ) from error


def _swapped_photo(target_rgb: ImageRGB, swap: OnePhotoSwap, path: Path) -> Path:
    faces = FaceFinder().find(target_rgb, thorough=True)
    for face in faces:
        target_rgb, _ = swap.apply(target_rgb, face)
    return write_marked_photo(target_rgb, path, boxes=kept_clear(faces))


def _swapped_clip(target_rgb: ImageRGB, swap: OnePhotoSwap, path: Path) -> Path:
    # Two passes, so that the banner knows the faces of all frames and only one frame is held at a time.
    clear = [box for _, faces in _followed(target_rgb) for box in kept_clear(faces)]
    return write_marked_clip(
        _swapped(_followed(target_rgb), swap), path, frame_rate=_FRAME_RATE, boxes=clear, crf=_CRF
    )


def _followed(target_rgb: ImageRGB) -> Iterator[tuple[ImageRGB, list[MeshFace]]]:
    tracker = FaceTracker()
    for number, image in enumerate(animated(target_rgb)):
        sighting = tracker.update(Frame(image, number / _FRAME_RATE, number))
        yield image, [track.face for track in sighting.tracks]


def _swapped(
    followed: Iterable[tuple[ImageRGB, Sequence[MeshFace]]], swap: OnePhotoSwap
) -> Iterator[ImageRGB]:
    for image, faces in followed:
        for face in faces:
            image, _ = swap.apply(image, face)
        yield image


def _write_clip(frames: Iterator[ImageRGB], path: Path) -> None:
    with replaced_whole(path) as place, place.open("w+b") as file:
        encode(frames, file, rate=_FRAME_RATE, options=crf_options("h264", _CRF))
