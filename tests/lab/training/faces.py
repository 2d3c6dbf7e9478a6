"""A few faces, genuine and forged by our own code, to train on in a second or two."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.nn import functional

from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks import forge
from facewarden.lab.attacks.mesh_warp import AlignedFace
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.store import FaceRecord, write_store
from facewarden.media.frame import ImageRGB
from people import collins, hopper

Triple = tuple[FaceRecord, bytes, npt.NDArray[np.float32]]


@cache
def aligned(name: str) -> tuple[AlignedFace, npt.NDArray[np.float32]]:
    """The aligned face of "collins" or "hopper", and its (468, 3) landmarks in the crop."""
    image = {"collins": collins, "hopper": hopper}[name]()
    (face,) = FaceFinder().find(image)
    to_crop = align.crop_transform(face.landmarks)
    flat = warp.apply(to_crop, face.landmarks[:, :2])
    depth = face.landmarks[:, 2:] * np.hypot(to_crop[0, 0], to_crop[1, 0])
    crop = warp.cut(image, to_crop, CROP_SIZE)
    return AlignedFace(crop, flat), np.hstack([flat, depth]).astype(np.float32)


def encoded(image_rgb: ImageRGB) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image_rgb).save(buffer, "PNG")
    return buffer.getvalue()


def record(path: str, *, fake: bool = False, method: str = "ffhq", **other: object) -> FaceRecord:
    fields: dict[str, object] = {
        "identity": path,
        "pair": "",
        "media": "photo",
        "time_s": 0.0,
        "condition": "",
        "yaw_deg": 0.0,
        "height_px": 200.0,
    }
    return FaceRecord(path=path, label=int(fake), method=method, **(fields | other))  # type: ignore[arg-type]


def genuine(name: str, method: str, **other: object) -> Triple:
    face, points = aligned(name)
    return (
        record(f"{method}/{name}", method=method, **({"identity": name} | other)),
        encoded(face.image_rgb),
        points,
    )


def forged(name: str, method: str, **other: object) -> Triple:
    face, points = aligned(name)
    made = forge.resample_core(face, np.random.default_rng(len(method)))
    about = record(f"{method}/{name}-fake", fake=True, method=method, **({"identity": name} | other))
    return about, encoded(made.image_rgb), points


def every_source() -> Iterator[Triple]:
    """Faces for every source of pairs."""
    for name in ("collins", "hopper"):
        yield genuine(name, "dfdc_crops", pair=f"d-{name}")
        yield forged(name, "dfdc_crops", pair=f"d-{name}")
        for moment in (3.0, 7.0):
            yield genuine(name, "webcam_streams", pair=f"l-{name}", media="clip", time_s=moment)
            yield forged(name, "live_autoencoder", pair=f"l-{name}", media="clip", time_s=moment)
        yield genuine(name, "generated", pair=f"g-{name}")
        yield forged(name, "generated", pair=f"g-{name}")
        yield genuine(name, "ffhq")
        yield forged(name, "stylegan2")
        yield genuine(name, "lip_actors")
        yield forged(name, "wav2lip")


class QuickNet(ForgeryNet):
    """The network with all its weights, but looking at a sixteenth of the pixels."""

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logit, heat = super().forward(functional.avg_pool2d(image, 4))
        return logit, functional.interpolate(heat[:, None], scale_factor=4.0)[:, 0]


def some(folder: Path, *methods: str, split: str = "train") -> Path:
    """A folder with one store of those faces of `every_source` that are of `methods` (all where none is named)."""
    chosen = [triple for triple in every_source() if not methods or triple[0].method in methods]
    write_store(folder / f"{split}-faces.npz", chosen)
    return folder
