"""Forgeries made on the fly from genuine faces, in memory, for training only.

Each takes aligned faces and returns the forged picture with its mask. Three families:

* `self_blend`: the face blended with a changed copy of itself (Shiohara & Yamasaki 2022, "Detecting Deepfakes
  with Self-Blended Images"; the numbers are theirs): teaches seams and statistical mismatch.
* `resample_core`: the inner face regenerated from few pixels and pasted with the ellipse, blur and sharpening of
  the one-photo live programs: teaches the low-resolution core.
* `mesh_swap`: another person's face warped to this one's mesh: teaches a foreign face.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask, hull, transfer_colour, warp_to_mesh
from facewarden.media.frame import ImageRGB

# Landmarks of brows, eyes, nose, mouth: what is left when the forehead and the jaw line are not swapped.
_INNER = (
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 454, 361,
    435, 367, 364, 394, 395, 200, 170, 169, 135, 215, 132, 234,
)  # fmt: skip
_MOUTH = (61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91)


@dataclass(frozen=True, slots=True)
class Forged:
    image_rgb: ImageRGB
    mask: Mask


def self_blend(face: AlignedFace, rng: np.random.Generator) -> Forged:
    """Blend the face with a colour-shifted, resampled and slightly moved copy of itself."""
    mask = deformed_mask(face, rng)
    changed = _colour_shift(face.image_rgb, rng)
    changed = _downscale_or_sharpen(changed, rng)
    plain = face.image_rgb
    if rng.random() < 0.5:
        plain, changed = changed, plain
    changed, mask = _move(changed, mask, rng)
    return _blend(plain, changed, soften(mask, rng) * float(rng.choice([0.25, 0.5, 0.75, 1.0, 1.0, 1.0])))


def resample_core(face: AlignedFace, rng: np.random.Generator) -> Forged:
    """Regenerate the inner face from a small core and paste it back as live one-photo programs do."""
    size = face.image_rgb.shape[0]
    core = int(rng.integers(40, 168))
    small = cv2.resize(face.image_rgb, (core, core), interpolation=_one_of(rng, _SHRINK))
    if rng.random() < 0.5:
        small = _network_texture(small, rng)
    if rng.random() < 0.5:
        small = _colour_shift(small, rng)
    changed = cv2.resize(small, (size, size), interpolation=_one_of(rng, _GROW))
    if rng.random() < 0.35:
        changed = _sharpen(changed, rng.uniform(0.5, 2.5))
    mask = ellipse_mask(face, rng) if rng.random() < 0.5 else deformed_mask(face, rng)
    if rng.random() < 0.25:
        mask = mask * (1 - hull(face.landmarks[list(_MOUTH)], size, grow=1.1))
    changed, mask = _move(changed, mask, rng, amount=0.4)
    return _blend(face.image_rgb, changed, soften(mask, rng) * rng.uniform(0.75, 1.0))


def mesh_swap(face: AlignedFace, source: AlignedFace, rng: np.random.Generator) -> Forged:
    """Put the face of `source` onto `face`: warped by the mesh, colours transferred, mask blurred."""
    warped = warp_to_mesh(source, face.landmarks, size=face.image_rgb.shape[0])
    mask = deformed_mask(face, rng)
    warped = transfer_colour(
        warped, face.image_rgb, mask, how=str(rng.choice(["mean", "lab", "none"], p=[0.4, 0.5, 0.1]))
    )
    if rng.random() < 0.7:
        core = int(rng.integers(64, 224))
        size = face.image_rgb.shape[0]
        small = cv2.resize(warped, (core, core), interpolation=_one_of(rng, _SHRINK))
        warped = cv2.resize(small, (size, size), interpolation=_one_of(rng, _GROW))
    if rng.random() < 0.25:
        warped = _sharpen(warped, rng.uniform(0.3, 1.5))
    if rng.random() < 0.2:
        mask = mask * (1 - hull(face.landmarks[list(_MOUTH)], face.image_rgb.shape[0], grow=1.1))
    return _blend(face.image_rgb, warped, soften(mask, rng) * rng.uniform(0.8, 1.0))


def face_mask(face: AlignedFace) -> Mask:
    """The whole face within its landmarks, with a soft edge."""
    mask = hull(face.landmarks, face.image_rgb.shape[0], grow=1.0)
    return _blurred(mask, 15)


def deformed_mask(face: AlignedFace, rng: np.random.Generator) -> Mask:
    """The hull of the landmarks (whole face, or brow to chin only), elastically deformed."""
    size = face.image_rgb.shape[0]
    points = face.landmarks if rng.random() < 0.6 else face.landmarks[list(_INNER)]
    mask = hull(points, size, grow=rng.uniform(0.85, 1.08))
    noise = rng.uniform(-1, 1, (2, 8, 8)).astype(np.float32)
    dx, dy = (
        cv2.resize(n, (size, size), interpolation=cv2.INTER_CUBIC) * rng.uniform(0, 0.045) * size
        for n in noise
    )
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    return cv2.remap(mask, columns + dx, rows + dy, cv2.INTER_LINEAR)


def ellipse_mask(face: AlignedFace, rng: np.random.Generator) -> Mask:
    """The ellipse of live one-photo programs, around the middle of the face."""
    size = face.image_rgb.shape[0]
    low, high = face.landmarks.min(0), face.landmarks.max(0)
    centre = (low + high) / 2
    axes = (high - low) / 2 * rng.uniform(0.8, 1.05)
    mask = np.zeros((size, size), np.float32)
    centre_px, axes_px = tuple(int(v) for v in centre), tuple(int(v) for v in axes)
    cv2.ellipse(mask, centre_px, axes_px, 0, 0, 360, 1.0, -1)
    return mask


def soften(mask: Mask, rng: np.random.Generator) -> Mask:
    """Blur the mask's edge by a random amount."""
    kernel = int(rng.integers(2, 16)) * 2 + 1
    return _blurred(mask, kernel)


def _blurred(mask: Mask, kernel: int) -> Mask:
    # The kernel's weights do not add up to exactly one.
    return np.minimum(cv2.GaussianBlur(mask, (kernel, kernel), 0), 1)


_SHRINK = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
_GROW = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def _one_of(rng: np.random.Generator, choices: tuple[int, ...]) -> int:
    return choices[int(rng.integers(len(choices)))]


def _blend(plain: ImageRGB, changed: ImageRGB, mask: Mask) -> Forged:
    weight = mask[..., None]
    mixed = plain * (1 - weight) + changed * weight
    return Forged(np.clip(mixed + 0.5, 0, 255).astype(np.uint8), mask)


def _colour_shift(image: ImageRGB, rng: np.random.Generator) -> ImageRGB:
    """RGB shift of at most 20, HSV of at most 0.3, brightness and contrast of at most 0.1 (self-blending's numbers)."""
    out = image.astype(np.float32) + rng.uniform(-20, 20, 3).astype(np.float32)
    if rng.random() < 0.5:
        hsv = cv2.cvtColor(np.clip(out, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv *= 1 + rng.uniform(-0.15, 0.15, 3).astype(np.float32)
        out = cv2.cvtColor(np.clip(hsv, 0, [179, 255, 255]).astype(np.uint8), cv2.COLOR_HSV2RGB).astype(
            np.float32
        )
    out = (out - 128) * rng.uniform(0.9, 1.1) + 128 + rng.uniform(-0.1, 0.1) * 128
    return np.clip(out, 0, 255).astype(np.uint8)


def _downscale_or_sharpen(image: ImageRGB, rng: np.random.Generator) -> ImageRGB:
    if rng.random() < 0.5:
        size = image.shape[0]
        small = int(size / rng.choice([2, 4]) * rng.uniform(0.8, 1.2))
        return cv2.resize(
            cv2.resize(image, (small, small), interpolation=_one_of(rng, _SHRINK)),
            (size, size),
            interpolation=_one_of(rng, _GROW),
        )
    return _sharpen(image, rng.uniform(0.2, 0.8))


def _sharpen(image: ImageRGB, amount: float) -> ImageRGB:
    soft = cv2.GaussianBlur(image, (0, 0), 1.5)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0)


def _network_texture(small: ImageRGB, rng: np.random.Generator) -> ImageRGB:
    """Smooth as a bottleneck does: edges kept, skin texture lost."""
    return cv2.bilateralFilter(small, 5, rng.uniform(10, 50), rng.uniform(2, 5))


def _move(
    image: ImageRGB, mask: Mask, rng: np.random.Generator, *, amount: float = 1.0
) -> tuple[ImageRGB, Mask]:
    size = image.shape[0]
    scale = 1 + rng.uniform(-0.05, 0.05) * amount
    shift = rng.uniform(-1, 1, 2) * (0.03, 0.015) * size * amount
    centre = (1 - scale) * size / 2
    affine = np.array([[scale, 0, centre + shift[0]], [0, scale, centre + shift[1]]], np.float32)
    moved = cv2.warpAffine(image, affine, (size, size), borderMode=cv2.BORDER_REFLECT)
    return moved, cv2.warpAffine(mask, affine, (size, size))
