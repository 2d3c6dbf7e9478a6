"""Fitting from which rise of the score in a worse copy a photo is not judged (`facewarden.cues.steadiness`).

Each network needs its own number: the quantile of genuine photos of a split that it was not trained on. So it can be
said how many genuine photos lose their verdict for it, and the table of evasion says what is gained.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from facewarden.cues.frame_forgery import MODEL
from facewarden.cues.steadiness import jump, worse_copies
from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import CROP_SIZE
from facewarden.inference import Network
from facewarden.lab.dataset import Item
from facewarden.models import model_path
from facewarden.verdict.calibration import genuine_quantile

Hook = Callable[[str, int, int], None]
MOST_LOST = 0.005
"""Share of the genuine photos that may lose their verdict."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Of one genuine photo: the network's `logit` as it is (and mirrored), and its `rise` in a worse copy."""

    method: str
    logit: float
    rise: float


def measure(items: Sequence[Item], *, hook: Hook | None = None) -> list[Steadiness]:
    """Look at the only or first face of each photo; photos without one are left out."""
    finder, network = FaceFinder(), Network(model_path(MODEL), threads=1)
    seen = []
    for number, item in enumerate(items, start=1):
        with Image.open(item.path) as picture:
            image = np.asarray(picture.convert("RGB"))
        for face in finder.find(image, last_resort=True)[:1]:
            crop = warp.cut(image, align.crop_transform(face.landmarks), CROP_SIZE)
            views = np.stack([crop, crop[:, ::-1], *worse_copies(crop)]).transpose(0, 3, 1, 2)
            logits = network(views.astype(np.float32))[0].reshape(-1)
            logit = float(logits[:2].mean())
            seen.append(Steadiness(item.method, logit, jump(logit, logits[2:])))
        if hook is not None:
            hook("steadiness", number, len(items))
    return seen


def threshold(genuine: Sequence[Steadiness], *, unclear: float, most_lost: float = MOST_LOST) -> float:
    """The least rise that at most `most_lost` of the genuine photos reach.

    Photos at or above `unclear` count, but cannot lose a verdict: only a face without traces is looked at again.

    Raises:
        UsageError: there are too few photos to speak of such a share.
    """
    if len(genuine) * most_lost < 1:
        raise UsageError(
            f"A share of {most_lost:g} takes {int(np.ceil(1 / most_lost))} genuine photos, but got {len(genuine)}."
        )
    rises = np.array([one.rise if one.logit < unclear else -np.inf for one in genuine])
    return genuine_quantile(rises, most_lost)


def write_into_card(card: Path, unstable: float) -> None:
    """Set ``moment_thresholds.unstable`` in a model's card. Raises UsageError where it is none."""
    from facewarden.lab.training.files import write_text

    try:
        content = json.loads(card.read_text("utf-8"))
        content["moment_thresholds"]["unstable"] = round(unstable, 3)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{card} cannot be read as a model's card.") from error
    write_text(card, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
