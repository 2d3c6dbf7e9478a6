"""What people do to pictures before they post them again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from facewarden.media.frame import ImageRGB


def jpeg(image_rgb: ImageRGB, quality: int) -> ImageRGB:
    stream = io.BytesIO()
    Image.fromarray(image_rgb).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))


def resized(image_rgb: ImageRGB, factor: float) -> ImageRGB:
    height, width = image_rgb.shape[:2]
    size = round(width * factor), round(height * factor)
    return np.asarray(Image.fromarray(image_rgb).resize(size, Image.Resampling.LANCZOS))


def cropped(image_rgb: ImageRGB, left: float, top: float, right: float, bottom: float) -> ImageRGB:
    """Shares of the width and height that are cut away."""
    height, width = image_rgb.shape[:2]
    return np.ascontiguousarray(
        image_rgb[
            round(top * height) : round((1 - bottom) * height),
            round(left * width) : round((1 - right) * width),
        ]
    )


def bordered(image_rgb: ImageRGB, share: float, colour: tuple[int, int, int] | None = (0, 0, 0)) -> ImageRGB:
    """A border of a share of each side; without a colour of the picture itself, enlarged and blurred."""
    height, width = image_rgb.shape[:2]
    x, y = round(share * width), round(share * height)
    size = width + 2 * x, height + 2 * y
    picture = Image.fromarray(image_rgb)
    if colour is None:
        frame = picture.resize(size).filter(ImageFilter.GaussianBlur(20))
    else:
        frame = Image.new("RGB", size, colour)
    frame.paste(picture, (x, y))
    return np.asarray(frame)


def tilted(image_rgb: ImageRGB, degrees: float) -> ImageRGB:
    return np.asarray(Image.fromarray(image_rgb).rotate(degrees, Image.Resampling.BICUBIC))


def captioned(image_rgb: ImageRGB) -> ImageRGB:
    picture = Image.fromarray(image_rgb).copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, round(picture.height * 0.84), picture.width, picture.height), fill=(0, 0, 0))
    draw.text((picture.width * 0.1, picture.height * 0.88), "LOOK AT THIS", fill=(255, 255, 255))
    return np.asarray(picture)


def landscape(seed: int, height: int = 360, width: int = 540) -> ImageRGB:
    """A made-up picture without faces or edges: noise at many scales, below a sky with clouds."""
    rng = np.random.default_rng(seed)
    layers = np.zeros((height, width, 3))
    for octave in range(2, 8):
        grid = rng.normal(size=(2**octave, 2**octave)).astype(np.float32)
        noise = np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
        layers += noise[..., None] * rng.uniform(0.7, 1.0, 3) / 1.6**octave
    layers += np.linspace(0.3, -0.3, height)[:, None, None] * np.array([0.4, 0.7, 1.0])
    return np.clip(128 + 130 * layers, 0, 255).astype(np.uint8)


def scenery(seed: int, height: int = 360, width: int = 480) -> ImageRGB:
    """A made-up picture without faces, different for each seed: soft light, and patches with edges in all sizes."""
    rng = np.random.default_rng(seed)
    layers = np.full((height, width, 3), 128.0)
    for cells, weight, how in (
        (4, 50, Image.Resampling.BICUBIC),
        (9, 35, Image.Resampling.NEAREST),
        (24, 60, Image.Resampling.NEAREST),
    ):
        grid = rng.uniform(-1, 1, (cells, cells, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(grid[..., channel]).resize((width, height), how)
            layers[..., channel] += weight * np.asarray(layer)
    return np.clip(layers, 0, 255).astype(np.uint8)
