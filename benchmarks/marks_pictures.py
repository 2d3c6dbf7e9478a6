"""The pictures that `marks.py` and its sisters forge, and how they write what they counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.uint8]

FACES = {"hopper": (166, 127, 356, 333), "collins": (178, 68, 273, 174)}
"""x0 y0 x1 y1 of the face in each portrait."""
SCENES = ("coffee", "chelsea", "rocket", "hubble_deep_field", "camera")
"""Pictures of scikit-image without copyright: CC0, or works in the public domain."""
SHORT_PX = (224, 720)


def target(who: str, rng: np.random.Generator, *, short_px: tuple[int, int] = SHORT_PX) -> Picture:
    """A picture of that person, its shorter side within `short_px`."""
    from skimage import data

    portrait = Image.open(portrait_file(who)).convert("RGB")
    x0, y0, x1, y1 = FACES[who]
    grown = [v * (y1 - y0) for v in rng.uniform(0.5, 1.6, 4)]
    left, top = max(0, x0 - grown[0]), max(0, y0 - grown[1])
    picture = portrait.crop(
        (
            int(left),
            int(top),
            int(min(portrait.width, x1 + grown[2])),
            int(min(portrait.height, y1 + grown[3])),
        )
    )
    if rng.random() < 0.4:
        scene = Image.fromarray(np.asarray(getattr(data, str(rng.choice(SCENES)))())).convert("RGB")
        room = 0.9 * min(scene.width / picture.width, scene.height / picture.height)
        size = (int(picture.width * room), int(picture.height * room))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        at = (
            int(rng.integers(scene.width - size[0] + 1)),
            int(rng.integers(scene.height - size[1] + 1)),
        )
        scene.paste(picture, at)
        picture = scene
    short = float(np.exp(rng.uniform(*np.log(short_px))))
    factor = short / min(picture.size)
    picture = picture.resize(
        (max(short_px[0], round(picture.width * factor)), max(short_px[0], round(picture.height * factor))),
        Image.Resampling.LANCZOS,
    )
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    lit = 255 * (np.asarray(picture, np.float32) / 255) ** rng.uniform(0.6, 1.6)
    lit = lit * rng.uniform(0.7, 1.1) + rng.normal(0, rng.uniform(0, 4), (picture.height, picture.width, 1))
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)


def portrait_file(who: str) -> Path:
    """The file as the package ships it, which its record of consent is tied to."""
    import matplotlib as mpl
    import skimage

    if who == "hopper":
        return Path(mpl.get_data_path(), "sample_data", "grace_hopper.jpg")
    return Path(skimage.__file__).parent / "data" / "astronaut.png"


def listed(counted: Counter[str]) -> str:
    return ", ".join(f"{what} ({n})" for what, n in sorted(counted.items())) or "none"


def share(found: int, of: int) -> str:
    """With the lower end of the exact one-sided 95 % interval."""
    from scipy.stats import beta

    lowest = beta.ppf(0.05, found, of - found + 1) if found else 0.0
    return f"{found} of {of} (95 % sure: above {lowest:.3f})"
